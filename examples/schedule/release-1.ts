/** Release 1.0.0 of the schedule. Its search has a fault: see app/search-exact.ts. */
import { makeSchedule } from "./app/make-schedule.ts"
import { searchExact } from "./app/search-exact.ts"

export const app = makeSchedule({ version: "1.0.0", search: searchExact })
export { selfTest } from "./self-test.ts"
