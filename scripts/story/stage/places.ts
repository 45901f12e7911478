/** Where the story keeps its things, and what the builds say: the preset's service, the deployments, the keys. */
import { cpSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import * as v from "valibot"
import { PresetSchema, type Preset } from "../../../shared/protocol/preset.ts"
import { applyPreset } from "../../extension/finish-manifest.ts"
import { openKeys } from "../../releases/keys.ts"

const TOP = resolve(import.meta.dirname, "../../..")
export const BUILD = join(TOP, "build")
/** All that one run leaves behind: profiles, the edge's data, logs. */
export const FOLDER = join(BUILD, "story")
export const REPORT = join(BUILD, "story.json")

/** The one service that the story plays on. */
export interface Place {
  readonly service: string
  readonly origin: string
  readonly port: number
  readonly mount: string
}

/** What the extension was built for. */
export const readPreset = (): Preset =>
  v.parse(PresetSchema, JSON.parse(readFileSync(join(BUILD, "preset.json"), "utf8")))

/** Reads `build/preset.json`: the extension knows the service under this origin, so the edge must listen there. */
export function readPlace(): Place {
  const [service] = readPreset().services
  if (service === undefined) throw new Error("build/preset.json names no service")
  const { origin, mount } = service
  return { service: service.service, origin, mount, port: Number(new URL(origin).port) }
}

export const deployment = (version: string): string => join(BUILD, "deployments", version)

/** A copy of the built extension that keeps a log of its answers, which the proof reads; the build itself keeps none. */
export function tracingExtension(): string {
  const folder = join(FOLDER, "extension")
  cpSync(join(BUILD, "chrome-mv3-prod"), folder, { recursive: true })
  applyPreset(folder, { ...readPreset(), trace: true })
  return folder
}

/** What the edge is told: fresh secrets for each run, the online key of the build. */
export async function edgeVars(adminToken: string): Promise<Record<string, string>> {
  const { online } = await openKeys(join(BUILD, "keys"), Date.now())
  return {
    LOCUM_ADMIN_TOKEN: adminToken,
    LOCUM_SESSION_SECRET: crypto.randomUUID(),
    LOCUM_ONLINE_KEY: online.jwk,
    LOCUM_LOCAL_SIGN_IN: "true"
  }
}
