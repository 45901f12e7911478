/**
 * One person on the stage: a browser with the extension and a profile of its own, signed in by the form, a page that stays
 * open for the whole story and makes requests by script, and tabs that are navigated.
 */
import { join } from "node:path"
import type { Page } from "playwright-core"
import { type ExtensionBrowser, startBrowser } from "../../local/browser.ts"
import { PageUse } from "../use/page-use.ts"
import { makePerson, type Person, type PersonInput } from "../use/person.ts"
import { keepUsing, type Use } from "../use/pace.ts"
import { scriptUse } from "../use/script-use.ts"
import { StoryTab } from "../use/tab.ts"
import { readSession, type Session } from "./edge-replica.ts"
import { FOLDER, type Place } from "./places.ts"

/** Together more than the 20 requests a second that are wanted, for two people. */
const SCRIPT_PACE = { intervalMs: 75, atOnce: 4 } as const
const PAGE_PACE = { intervalMs: 1200, atOnce: 1 } as const
/** Where nobody looks, little is drawn: drawing would take the time of two processors from everything else. */
const UNSEEN = {
  viewport: { width: 500, height: 400 },
  args: ["--window-size=500,400", "--animation-duration-scale=0"]
} as const

export interface Actor {
  readonly person: Person
  readonly browser: ExtensionBrowser
  /** The ids of the documents that this person may open. */
  readonly documents: readonly string[]
  /** Cookies of the signed-in person, as a header. */
  readonly cookie: string
  /** A page of the extension's origin, from which its storage is read. */
  readonly store: Page
  readonly pages: PageUse
  readonly script: () => Promise<void>
  /** Starts the use; the answer ends it. */
  start(failed: (error: unknown) => void): readonly Use[]
}

/** Who plays. */
export interface Role extends Omit<PersonInput, "ownDocument" | "teamDocument"> {
  readonly windows: boolean
  /** The unpacked extension. */
  readonly extension: string
}

export interface SignedIn {
  readonly role: Role
  readonly browser: ExtensionBrowser
  readonly session: Session
  readonly cookie: string
}

/** Starts the browser and signs the person in. */
export async function signIn(place: Place, role: Role): Promise<SignedIn> {
  const profile = join(FOLDER, "profiles", role.user)
  const { windows, extension } = role
  const browser = await startBrowser({ profile, extension, windows, ...(windows ? {} : UNSEEN) })
  const page = browser.context.pages()[0] ?? (await browser.context.newPage())
  await page.goto(`${place.origin}/_locum/sign-in?return=/_locum/session`)
  await page.fill("input[name=name]", role.name)
  await page.fill("input[name=groups]", role.team)
  await page.click("button")
  await page.waitForURL(/\/_locum\/session$/)
  const cookies = await browser.context.cookies(place.origin)
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ")
  return { role, browser, cookie, session: await readSession(place.origin, cookie) }
}

/** Opens the person's pages; every one of them is counted from the first on. */
export async function enter(place: Place, { role, browser, session, cookie }: SignedIn): Promise<Actor> {
  const documents =
    session.services.find(({ service }) => service === place.service)?.documents.map(({ document }) => document) ?? []
  const ofKind = (kind: string): string => {
    const found = documents.find((document) => document.startsWith(`${place.service}/${kind}/`))
    if (found === undefined) throw new Error(`${role.user} has no document of kind ${kind}: ${documents.join(", ")}`)
    return found
  }
  const person = makePerson({ ...role, ownDocument: ofKind("user"), teamDocument: ofKind("team") })
  let tabs = 0
  const openTab = async (): Promise<StoryTab> =>
    new StoryTab(`${role.user} ${++tabs}`, await browser.context.newPage(), place.origin + place.mount, role.log)
  const store = await openStore(browser)
  const open = async (): Promise<PageUse> => new PageUse(person, await openTab(), place.origin, openTab)
  const resident = await open()
  const pages = await open()
  await resident.load("tab", `${person.team.base}/events/new`, () => null)
  const script = scriptUse(person, resident.tab)
  const start = (failed: (error: unknown) => void): readonly Use[] => [
    keepUsing(SCRIPT_PACE, script, failed),
    keepUsing(PAGE_PACE, () => pages.next(), failed)
  ]
  return { person, browser, documents, cookie, store, pages, script, start }
}

/** A page that runs nothing: the extension's manifest, shown as text. */
async function openStore(browser: ExtensionBrowser): Promise<Page> {
  const page = await browser.context.newPage()
  await page.goto(`chrome-extension://${browser.extensionId}/manifest.json`)
  return page
}
