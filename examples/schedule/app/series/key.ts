/** How one time of a series is called, in addresses and records. */

/** `2026-11-23T09:30:00` as `20261123T093000`: how an instance is called in addresses and records. */
export const keyOf = (start: string): string => start.replaceAll(/[-:]/g, "")

/** The start that a key stands for; undefined when it is no key. */
export function startOf(key: string): string | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d))?$/.exec(key)
  if (!found) return undefined
  const [, year, month, day, hour, minute, second] = found
  return hour === undefined ? `${year}-${month}-${day}` : `${year}-${month}-${day}T${hour}:${minute}:${second}`
}
