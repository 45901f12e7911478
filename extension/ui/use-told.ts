/** A button's work, and what to tell the person about it. */
import { useState } from "preact/hooks"

/** Of something that a person asked for. */
export type Told = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: string }

export interface UseTold {
  /** Empty before the first time. */
  readonly told: string
  readonly isBusy: boolean
  readonly run: (work: () => Promise<Told>) => void
}

export const useTold = (): UseTold => {
  const [told, tell] = useState("")
  const [isBusy, setBusy] = useState(false)
  const run = (work: () => Promise<Told>): void => {
    tell("…")
    setBusy(true)
    work()
      .then(
        (done) => tell(done.ok ? done.text : done.error),
        (error: unknown) => tell(`This did not work: ${String(error)}`)
      )
      .finally(() => setBusy(false))
  }
  return { told, isBusy, run }
}
