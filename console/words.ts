/** Times and shares as people read them. */

export const clockText = (ms: number): string =>
  new Date(ms).toLocaleString([], { dateStyle: "short", timeStyle: "medium", hourCycle: "h23" })

export const spanText = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

export const percentText = (share: number | null): string =>
  share === null ? "unknown" : `${Math.round(share * 100)} %`
