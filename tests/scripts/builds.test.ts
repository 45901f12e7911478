import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type BuildStep, buildStale } from "../../scripts/setup/builds.mjs"

let top: string
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "locum-builds-"))
  mkdirSync(join(top, "source"))
  writeFileSync(join(top, "source/a.ts"), "1")
})
afterEach(() => rmSync(top, { recursive: true }))

const step: BuildStep = {
  name: "append",
  what: "a line per build",
  inputs: ["source", "absent.json"],
  made: "made.txt",
  run: ["sh", "-c", "echo built >> made.txt"]
}
const builds = () => readFileSync(join(top, "made.txt"), "utf8").trim().split("\n").length

test("[TOOL-2] builds once, and again when an input changed", async () => {
  await buildStale(top, [step])
  await buildStale(top, [step])
  expect(builds()).toBe(1)
  writeFileSync(join(top, "source/a.ts"), "2")
  await buildStale(top, [step])
  expect(builds()).toBe(2)
  writeFileSync(join(top, "absent.json"), "{}")
  await buildStale(top, [step])
  expect(builds()).toBe(3)
})

test("[TOOL-2] builds again when a variable that it reads has another value: two builds are not taken for one another", async () => {
  const reading: BuildStep = { ...step, variables: ["LOCUM_TEST_ORIGIN"] }
  try {
    for (const origin of ["http://a.example", "http://a.example", "http://b.example"]) {
      process.env["LOCUM_TEST_ORIGIN"] = origin
      await buildStale(top, [reading])
    }
    expect(builds()).toBe(2)
  } finally {
    delete process.env["LOCUM_TEST_ORIGIN"]
  }
  await buildStale(top, [reading])
  expect(builds()).toBe(3)
})

test("[TOOL-2] builds again when what it made is gone", async () => {
  await buildStale(top, [step])
  rmSync(join(top, "made.txt"))
  await buildStale(top, [step])
  expect(builds()).toBe(1)
})

test("[TOOL-2] a build that fails stops the set-up and is tried again", async () => {
  const broken: BuildStep = { ...step, run: ["sh", "-c", "echo built >> made.txt; exit 3"] }
  await expect(buildStale(top, [broken])).rejects.toThrow("failed (status 3)")
  await expect(buildStale(top, [broken])).rejects.toThrow("failed (status 3)")
  expect(builds()).toBe(2)
})
