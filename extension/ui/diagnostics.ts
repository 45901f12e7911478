/** What somebody who helps has to know, as a text to copy: no document, no person, no changes. Pure. Keeps SPEC rule CON-24. */
import type { StorageReading } from "../platform/device.ts"
import type { ServiceStatus } from "../platform/service-status.ts"

export interface Diagnosed {
  readonly version: string
  /** Now, ms. */
  readonly at: number
  readonly services: readonly ServiceStatus[]
  readonly storage: StorageReading
}

export const diagnosticsText = ({ version, at, services, storage }: Diagnosed): string =>
  JSON.stringify(
    {
      locum: version,
      at: new Date(at).toISOString(),
      storage,
      services: services.map(({ person, aside, lastSync, ...status }) => ({
        ...status,
        isSignedIn: person !== null,
        keptAside: aside.length,
        lastSync: lastSync === null ? null : new Date(lastSync).toISOString()
      }))
    },
    null,
    2
  )
