import { expect, test } from "vitest"
import { rivalText, shareAPlace } from "../../../extension/services/rival.ts"

const SITE = "https://www.example.com"
const at = (mount: string, origin = SITE) => ({ origin, mount })

test("[CON-29] two services share a place when one's mount is within the other's, however it is spelled", () => {
  const calendar = at("/calendar/")
  for (const other of [
    at("/calendar/"),
    at("/"),
    at("/calendar/team/"),
    at("/calendar/", `${SITE}:443`),
    at("/Calendar/../calendar/"),
    at("/calendar/", "https://WWW.example.com")
  ])
    expect([other, shareAPlace(calendar, other), shareAPlace(other, calendar)]).toEqual([other, true, true])
  for (const other of [
    at("/wiki/"),
    at("/calendar-2/"),
    at("/calendar/", "https://other.example.com"),
    at("/calendar/", "https://www.example.com.evil.example"),
    at("/calendar/", `${SITE}:8443`),
    at("/", "http://www.example.com")
  ])
    expect([other, shareAPlace(calendar, other), shareAPlace(other, calendar)]).toEqual([other, false, false])
})

test("[CON-29] whose place is taken is told by whom; a service is no rival of itself", () => {
  const keys = [{ id: "0123456789abcdef", raw: `${"A".repeat(43)}=` }]
  const calendar = { service: "schedule", ...at("/calendar/"), publisherKeys: keys }
  expect(rivalText([calendar], calendar)).toBe(null)
  expect(rivalText([calendar], { ...calendar, service: "wiki", mount: "/wiki/" })).toBe(null)
  expect(rivalText([calendar], { ...calendar, service: "schedule2", mount: "/" })).toBe(
    "schedule2 cannot be kept available: schedule has these pages already, at https://www.example.com/calendar/"
  )
})
