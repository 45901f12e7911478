/**
 * The alarm at which the service worker makes sure that the offscreen document is there. The browser keeps it: it says how matters stand even when
 * nothing of the extension runs. While the document is up: every minute, in case that it crashed; while it rests: when it is due.
 */

export const LOOK_ALARM = "locum-look"
const MIN_MS = 60_000
/** The browser rings no alarm of a packed extension sooner. */
const SOONEST_MS = 30_000

/** Looks every so many ms from now on; null: no more. The alarm is left alone when it goes at that pace already. */
export const lookEvery = async (ms: number | null): Promise<void> => {
  if (ms === null) return void (await chrome.alarms.clear(LOOK_ALARM))
  const periodInMinutes = Math.max(ms, SOONEST_MS) / MIN_MS
  if ((await chrome.alarms.get(LOOK_ALARM))?.periodInMinutes !== periodInMinutes)
    await chrome.alarms.create(LOOK_ALARM, { periodInMinutes })
}
