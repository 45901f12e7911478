/** @jsxRuntime automatic @jsxImportSource preact */
/** A service that could be kept available: what that means, what is fetched, and which site is asked for. Keeps SPEC rule CON-27. */
import type { Offer } from "../platform/offer.ts"
import { useTold, type Told } from "./use-told.ts"

export const ServiceOffer = ({ offer, onKeep }: { readonly offer: Offer; readonly onKeep: () => Promise<Told> }) => {
  const { told, isBusy, run } = useTold()
  const { pin, isManaged, documents } = offer
  const kinds = documents.length === 0 ? "" : ` (${documents.join(", ")})`
  return (
    <section class="card" aria-label={`Offer: ${pin.service}`}>
      <h2>
        {pin.service} <small>{pin.origin + pin.mount}</small>
      </h2>
      <p class="headline">
        {isManaged ? "Set up for you, and not allowed yet" : "Can be kept available while its server is away"}
      </p>
      <p>
        Fetched from there, now and when it changes: the service's program, and your documents{kinds}. They are kept in
        this browser and go nowhere else. Locum asks for {new URL(pin.origin).hostname} only; open pages of the service
        are loaded again.
      </p>
      <div class="controls">
        <button type="button" disabled={isBusy} onClick={() => run(onKeep)}>
          {isManaged ? "Allow it" : "Keep it available"}
        </button>
        <p role="status">{told}</p>
      </div>
    </section>
  )
}
