import { expect, test } from "vitest"
import { AppSandbox, type SandboxPorts } from "../../../extension/app/app-sandbox.ts"

/** Starts a sandbox whose Worker answers the start with `nonce`. */
const startSaying = async (nonce: string) => {
  const [worker, frame] = [new MessageChannel(), new MessageChannel()]
  worker.port2.onmessage = () =>
    worker.port2.postMessage({ type: "ready", nonce, release: "schedule@2.0.0", schema: 1, reads: [1, 1] })
  const close = (): void => {
    for (const { port1, port2 } of [worker, frame]) {
      port1.close()
      port2.close()
    }
  }
  const ports: SandboxPorts = {
    openFrame: () => Promise.resolve({ worker: worker.port1, frame: frame.port1, close }),
    setTimer: () => () => undefined,
    lend: () => undefined,
    commit: () => Promise.resolve({ ok: true, value: null }),
    timeLimitMs: 1000
  }
  const started = await AppSandbox.start(new Uint8Array(), ports, "this-start")
  close()
  return started
}

test("[F71] a start that answers with another start's nonce has not come about", async () => {
  expect(await startSaying("this-start")).toMatchObject({ ok: true, value: { info: { release: "schedule@2.0.0" } } })
  expect(await startSaying("another-start")).toMatchObject({ ok: false })
})
