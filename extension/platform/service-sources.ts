/** Where services come from besides the package: an administrator's policy and the person; and the browser's permission for their sites. */
const ADDED_KEY = "added-services"
const MANAGED_KEY = "services"

/** What the administrator's policy says, unparsed; undefined without one. */
export const managedServices = async (): Promise<unknown> =>
  (await chrome.storage.managed.get(MANAGED_KEY))[MANAGED_KEY]

export const loadAdded = async (): Promise<unknown> => (await chrome.storage.local.get(ADDED_KEY))[ADDED_KEY]
export const storeAdded = async (pins: unknown): Promise<void> => chrome.storage.local.set({ [ADDED_KEY]: pins })

/** A match pattern has no port: permission is by host. */
const siteOf = (origin: string): { readonly origins: string[] } => {
  const { protocol, hostname } = new URL(origin)
  return { origins: [`${protocol}//${hostname}/*`] }
}

/** Whether the extension may do its work at an origin. */
export const isSiteAllowed = (origin: string): Promise<boolean> => chrome.permissions.contains(siteOf(origin))

/** Asks the person for that origin's site and no other; to be called from his click. False when he says no. */
export const requestSite = (origin: string): Promise<boolean> => chrome.permissions.request(siteOf(origin))

/** Gives the permission back; one that came with the installation stays. */
export const dropSite = async (origin: string): Promise<void> => {
  const { origins } = siteOf(origin)
  const packed = chrome.runtime.getManifest().host_permissions ?? []
  if (!origins.some((site) => packed.includes(site))) await chrome.permissions.remove({ origins })
}

/** Calls `changed` whenever permissions or the administrator's policy changed; to be called in the worker's first turn. */
export const onSourcesChanged = (changed: () => void): void => {
  chrome.permissions.onAdded.addListener(changed)
  chrome.permissions.onRemoved.addListener(changed)
  chrome.storage.onChanged.addListener((_changes, area) => {
    if (area === "managed") changed()
  })
}
