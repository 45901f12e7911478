/** What the parts of `npm run soak` have in common. */

export interface SoakOptions {
  /** Of the first run; null: chosen anew and printed. */
  readonly seed: number | null
  /** One run of so many operations; null: the whole. */
  readonly operations: number | null
}

/** One part: says whether everything held; prints its own figures. */
export type SoakPart = (options: SoakOptions) => Promise<boolean>
