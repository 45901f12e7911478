/** What the build tells of the release; without it there is nothing. */
interface ImportMeta {
  /** The release's files for pages, by what they are for. */
  readonly files?: Readonly<Record<string, string>>
  /** The texts of scripts that stand in pages. */
  readonly scripts?: Readonly<Record<string, string>>
}
