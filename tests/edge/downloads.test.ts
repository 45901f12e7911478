import { SELF } from "cloudflare:test"
import { fromBase64 } from "lib0/buffer"
import { expect, test } from "vitest"
import { ORIGIN } from "./support.ts"

interface File {
  readonly sha256: string
  readonly size: number
  readonly packs: readonly { readonly from: string | null; readonly size: number }[]
}

const filesOf = async (version: string): Promise<readonly File[]> => {
  const response = await SELF.fetch(`${ORIGIN}/_locum/releases/schedule/${version}`)
  const { payload } = await response.json<{ payload: string }>()
  return (JSON.parse(new TextDecoder().decode(fromBase64(payload))) as { files: File[] }).files
}

const get = async (path: string, range?: string) => {
  const response = await SELF.fetch(ORIGIN + path, range === undefined ? {} : { headers: { Range: range } })
  const { status, headers } = response
  return { status, range: headers.get("Content-Range"), bytes: new Uint8Array(await response.arrayBuffer()) }
}

test("[REL-11] a file is served from a byte on, and 416 when there is nothing from there on", async () => {
  const [file] = await filesOf("1.0.0")
  const path = `/_locum/files/${file?.sha256}`
  const whole = await get(path)
  expect([whole.status, whole.bytes.length]).toEqual([200, file?.size])
  const rest = await get(path, "bytes=1000-")
  expect([rest.status, rest.range]).toEqual([206, `bytes 1000-${whole.bytes.length - 1}/${whole.bytes.length}`])
  expect(rest.bytes).toEqual(whole.bytes.slice(1000))
  expect(await get(path, `bytes=${whole.bytes.length}-`)).toMatchObject({ status: 416 })
  // What no client of ours asks is answered whole, as RFC 9110 allows.
  expect(await get(path, "bytes=0-1,5-9")).toMatchObject({ status: 200 })
})

test("[REL-12] the shorter ways to a file that its manifest lists are there, each of its size", async () => {
  const [file] = await filesOf("1.0.0")
  expect(file?.packs.length).toBeGreaterThan(0)
  for (const { from, size } of file?.packs ?? [])
    expect((await get(`/_locum/packs/${file?.sha256}/${from ?? "whole"}`)).bytes.length).toBe(size)
  expect(await get(`/_locum/packs/${file?.sha256}/${"0".repeat(64)}`)).toMatchObject({ status: 404 })
  expect(await get(`/_locum/packs/${file?.sha256}/..%2f`)).toMatchObject({ status: 404 })
})
