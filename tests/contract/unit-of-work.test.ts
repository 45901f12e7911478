/** The contract suite in plain Node: both releases on the unit of work that edge and client share. */
import { app as release1 } from "../../examples/schedule/release-1.ts"
import { app as release2 } from "../../examples/schedule/release-2.ts"
import { service } from "../../examples/schedule/service.ts"
import { ADA } from "../support/memory-platform.ts"
import { MemorySide } from "../support/memory-side.ts"
import { appContract } from "./app-contract.ts"

for (const app of [release1, release2]) {
  const connection = new MemorySide(service, app, ADA)
  appContract(`schedule ${app.version} on the unit of work`, () => Promise.resolve(connection))
}
