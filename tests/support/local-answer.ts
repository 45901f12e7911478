/** What a navigation of a tab ends in when it is answered by the client: the answer itself, as the browser got it. */
import type { Page, Response as Arrived } from "playwright-core"

const LOCAL_PAGE = /^chrome-extension:\/\/[a-p]{32}\/~/

const isFinal = (arrived: Arrived): boolean =>
  LOCAL_PAGE.test(arrived.url()) &&
  arrived.request().isNavigationRequest() &&
  (arrived.status() < 300 || arrived.status() > 399)

/** Sends the tab somewhere and gives the local page's answer, redirects followed. */
export const arrivedBy = async (tab: Page, go: () => Promise<unknown>): Promise<Response> => {
  const arriving = tab.waitForResponse(isFinal)
  await go()
  const arrived = await arriving
  const body = await arrived.body()
  return new Response(new Uint8Array(body), { status: arrived.status(), headers: await arrived.allHeaders() })
}
