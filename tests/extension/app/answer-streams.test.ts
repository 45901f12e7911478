import { expect, test } from "vitest"
import { AnswerStreams } from "../../../extension/app/answer-streams.ts"

/** A stream that says how often it was asked for more. */
const counted = (pieces: readonly unknown[]) => {
  let asked = 0
  const left = [...pieces]
  const stream = new ReadableStream<unknown>(
    {
      pull(controller) {
        asked++
        if (left.length === 0) controller.close()
        else controller.enqueue(left.shift())
      }
    },
    { highWaterMark: 0 }
  )
  return { stream, asked: () => asked }
}

test("[CLI-41] nothing is read ahead of the reader, and it is quiet once he has come to the end", async () => {
  const streams = new AnswerStreams()
  const { stream, asked } = counted([Uint8Array.of(1), Uint8Array.of(2)])
  const reader = streams.pass(stream).getReader()
  expect([asked(), streams.areQuiet]).toEqual([0, false])
  expect((await reader.read()).value).toEqual(Uint8Array.of(1))
  expect(asked()).toBe(1)
  const quiet = streams.quiet()
  await reader.read()
  expect((await reader.read()).done).toBe(true)
  await quiet
  expect(streams.areQuiet).toBe(true)
})

test("[CLI-41] whoever still reads of an app that died is told, and so is who reads what is no bytes", async () => {
  const streams = new AnswerStreams()
  const dying = streams.pass(counted([Uint8Array.of(1), Uint8Array.of(2)]).stream).getReader()
  await dying.read()
  streams.fail("it is gone")
  await expect(dying.read()).rejects.toThrow("it is gone")
  const odd = streams.pass(counted(["text"]).stream).getReader()
  await expect(odd.read()).rejects.toThrow("no bytes")
  expect(streams.areQuiet).toBe(true)
})

test("[CLI-41] who stops reading is waited for no longer", async () => {
  const streams = new AnswerStreams()
  const reader = streams.pass(counted([Uint8Array.of(1)]).stream).getReader()
  await reader.cancel("enough")
  await streams.quiet()
  expect(streams.areQuiet).toBe(true)
})
