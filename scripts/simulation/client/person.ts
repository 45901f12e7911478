/**
 * Somebody at a browser: asks, and asks again under the same key when no answer came, on whichever side serves then. Looks
 * whether what was acknowledged to him before is in what he reads.
 */
import * as v from "valibot"
import { resolveDocument } from "../../../shared/app/service.ts"
import { uuidV7From } from "../../../shared/app/new-id.ts"
import type { Ledger, Write } from "../check/ledger.ts"
import {
  ContentSchema,
  definition,
  EDITS,
  ENDS,
  MINE,
  TEAM,
  type Content,
  type Edit,
  type WriteBody
} from "../notes/notes-app.ts"
import { Process } from "../world/process.ts"
import type { World } from "../world/world.ts"
import type { Browser, Heard } from "./browser.ts"

/** How long somebody waits before he takes it that no answer comes. */
const PATIENCE_MS = 15_000

interface Acknowledged {
  readonly token: string
  readonly by: "server" | "client"
  /** Takeovers before it was asked for that could not ask the edge; its answer may have come after one more. */
  readonly blind: number
}

export class Person {
  readonly browser: Browser
  readonly #world: World
  readonly #ledger: Ledger
  readonly #process: Process
  readonly #acknowledged = new Map<string, Acknowledged[]>()
  /** Notes and the list's items that he has seen, by place. */
  readonly #seen = new Map<string, Pick<Content, "notes" | "steps">>()
  /** Requests without an answer that he has not given up. */
  open = 0
  readonly problems: string[] = []

  constructor(browser: Browser, world: World, ledger: Ledger) {
    this.browser = browser
    this.#world = world
    this.#ledger = ledger
    this.#process = new Process(world, `person at ${browser.name}`)
  }

  /** Asks for a write of some edits, the first of which has this number. */
  write(first: number, count: number): string {
    const { random } = this.#world
    const place = random.chance(0.7) ? TEAM : MINE
    const end = random.chance(0.9) ? "succeed" : (random.pick(ENDS) ?? "succeed")
    const body: WriteBody = {
      edits: Array.from({ length: count }, (_none, index) => this.#edit(place, first + index)),
      end
    }
    const write = this.#ledger.invoked(this.#documentOf(place), body)
    const key = uuidV7From(new Date(this.#world.now), `${random.word()} ${first}`)
    this.open++
    this.#try(write, { method: "POST", path: place, key, body: JSON.stringify(body), receivedAt: this.#world.now })
    return `writes ${JSON.stringify(body)} to ${place}`
  }

  #edit(place: string, number: number): Edit {
    const { random } = this.#world
    const kind = random.chance(0.3) ? "add" : (random.pick(EDITS) ?? "add")
    return {
      kind,
      token: `t${number}`,
      note: random.pick(this.#seen.get(place)?.[kind === "move" ? "steps" : "notes"] ?? []) ?? null,
      delta: 1 + random.below(9)
    }
  }

  /** Reads, and compares with what he knows. */
  read(): string {
    const place = this.#world.random.chance(0.7) ? TEAM : MINE
    const document = this.#documentOf(place)
    const known = [...(this.#acknowledged.get(document) ?? [])]
    const blind = this.browser.blindTakeovers
    const wanted = { method: "GET", path: place, key: null, body: "", receivedAt: this.#world.now } as const
    this.#ask(wanted, (heard) => {
      if (heard === null || heard.reply.status !== 200) return
      const content = v.parse(ContentSchema, JSON.parse(heard.reply.body))
      this.#seen.set(place, content)
      const tokens = new Set(content.tokens)
      const missing = known.filter(({ token, by, blind: before }) => {
        const mayLack = heard.from === "client" && by === "server" && before !== this.browser.blindTakeovers
        return !mayLack && blind === this.browser.blindTakeovers && !tokens.has(JSON.stringify(token))
      })
      for (const { token, by } of missing)
        this.problems.push(
          `${this.browser.name} read ${document} at the ${heard.from} without ${token}, acknowledged by the ${by}`
        )
    })
    return `reads ${place}`
  }

  #try(write: Write, wanted: Parameters<Browser["ask"]>[0]): void {
    write.attempts++
    const asked = { ...wanted, mayHaveRun: write.attempts > 1 }
    const blind = this.browser.blindTakeovers
    this.#ask(asked, (heard) => {
      const status = heard?.reply.status ?? 503
      if (heard !== null && status < 400) this.#answered(write, heard, blind)
      else if (heard !== null && status < 503 && write.attempts === 1) write.state = "refused"
      else if (status < 503) return void this.open--
      else return this.#again(write, wanted)
      this.open--
    })
  }

  #answered(write: Write, { from }: Exclude<Heard, null>, blind: number): void {
    write.state = "answered"
    const known = this.#acknowledged.get(write.document) ?? []
    known.push({ token: write.body.edits[0]?.token ?? "", by: from, blind })
    this.#acknowledged.set(write.document, known)
  }

  /** No answer: some give up, most ask again under the same key. */
  #again(write: Write, wanted: Parameters<Browser["ask"]>[0]): void {
    const { random } = this.#world
    if (random.chance(0.1)) return void this.open--
    this.#process.after(200 + random.below(2000), () => this.#try(write, wanted))
  }

  /** Calls back once, in this person's own process: with an answer, or with null when none comes. */
  #ask(wanted: Parameters<Browser["ask"]>[0], heard: (heard: Heard) => void): void {
    let isOver = false
    const hear = (what: Heard): void => {
      if (isOver) return
      isOver = true
      stop()
      this.#process.after(0, () => heard(what))
    }
    const stop = this.#process.after(PATIENCE_MS, () => hear(null))
    if (!this.browser.isUp) return hear(null)
    this.browser.onEnd(() => hear(null))
    this.browser.run(async () => hear(await this.browser.ask(wanted)))
  }

  #documentOf(place: string): string {
    const document = resolveDocument(definition, place, this.browser.user)
    if (!document.ok) throw new Error(document.error)
    return document.value
  }
}
