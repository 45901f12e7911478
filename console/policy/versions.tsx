/** Every standing policy that was ever put in force: to look at, and to go back to. */
import { edge } from "../platform/edge.ts"
import { usePolled } from "../use-polled.ts"
import { Action, Problem, Table } from "../views/parts.tsx"
import { clockText } from "../words.ts"

const EVERY_MS = 5000

export interface VersionsProps {
  readonly service: string
  /** `what` is null for what is in force. */
  readonly onShow: (what: string | null, policies: unknown) => void
  readonly onBack: () => Promise<void>
}

export const Versions = ({ service, onShow, onBack }: VersionsProps) => {
  const { value, error, ask } = usePolled(EVERY_MS, () => edge.policyVersions(service), [service])
  const show = async (version: number): Promise<string> => {
    onShow(`version ${version}`, await edge.policyVersion(service, version))
    return ""
  }
  const goBack = async (version: number): Promise<string> => {
    const { version: made } = await edge.goBackTo(service, version)
    onShow(null, await edge.policyVersion(service, made))
    await Promise.all([ask(), onBack()])
    return ""
  }
  return (
    <section class="card">
      <h2>Versions</h2>
      <Problem error={error} />
      <Table
        caption="Versions, newest first"
        head={["Version", "Since", "By", ""]}
        rows={(value ?? []).map(({ version, at, who }) => ({
          key: String(version),
          cells: [
            version,
            clockText(at),
            who,
            <>
              <Action label="Show" work={() => show(version)} />{" "}
              <Action label="Go back" sure={`Put version ${version} in force anew?`} work={() => goBack(version)} />
            </>
          ]
        }))}
        empty="The policies were never changed."
      />
    </section>
  )
}
