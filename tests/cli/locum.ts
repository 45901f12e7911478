/** Runs the real command, as the build made it, as a process of its own. */
import { spawn } from "node:child_process"
import { resolve } from "node:path"

const COMMAND = resolve(import.meta.dirname, "../../build/cli/locum.mjs")

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly ended: Promise<Ran>
  /** Resolves when standard error holds this. */
  readonly told: (text: string) => Promise<void>
  readonly signal: (name: NodeJS.Signals) => void
}

/** Starts `locum` with arguments; `env` holds all that it knows of Locum. */
export const startLocum = (args: readonly string[], env: Readonly<Record<string, string>>, input = ""): Running => {
  const { PATH = "", HOME = "" } = process.env
  const child = spawn(process.execPath, [COMMAND, ...args], { env: { PATH, HOME, NO_COLOR: "1", ...env } })
  const [out, err]: [string[], string[]] = [[], []]
  let heard = (): void => undefined
  child.stdout.setEncoding("utf8").on("data", (text: string) => void out.push(text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err.push(text)
    heard()
  })
  child.stdin.end(input)
  let isOver = false
  const ended = new Promise<Ran>((done) =>
    child.once("close", (status) => {
      isOver = true
      heard()
      done({ status, stdout: out.join(""), stderr: err.join("") })
    })
  )
  const told = async (text: string): Promise<void> => {
    while (!err.join("").includes(text)) {
      if (isOver) throw new Error(`ended without telling "${text}": ${err.join("")}`)
      await new Promise<void>((done) => (heard = done))
    }
  }
  return { ended, told, signal: (name) => void child.kill(name) }
}

export const locum = (args: readonly string[], env: Readonly<Record<string, string>>, input = ""): Promise<Ran> =>
  startLocum(args, env, input).ended
