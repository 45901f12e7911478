/** Rows as aligned columns; and times and sizes as people read them. */

/** Lines of `rows` under `head`; the last column is not padded. */
export const columns = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)))
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

/** A time of day with its date, in UTC: what two operators read is the same. */
export const timeText = (ms: number): string => new Date(ms).toISOString().replace("T", " ").slice(0, 19)

/** A span of time. */
export const spanText = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

export const sizeText = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`
