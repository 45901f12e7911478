/** Release 2.0.0 of the schedule: its search finds what people look for. */
import { makeSchedule } from "./app/make-schedule.ts"
import { search } from "./app/search.ts"

export const app = makeSchedule({ version: "2.0.0", search })
export { selfTest } from "./self-test.ts"
