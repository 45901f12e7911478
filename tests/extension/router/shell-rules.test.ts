import { expect, test } from "vitest"
import {
  isServed,
  LeaveGuard,
  mayEmbed,
  noticeOf,
  shellAddress,
  shellServiceOf
} from "../../../extension/router/shell-rules.ts"

const ORIGIN = "https://service.example"
const SHELL = "chrome-extension://x/tabs/shell.html"
const TOKEN = "0123456789abcdef0123456789abcdef"
const CALENDAR = { service: "schedule", origin: ORIGIN, mount: "/calendar/" }
const NOTES = { service: "notes", origin: ORIGIN, mount: "/notes/" }

test("[ROU-16] the address of a shell names page, stored form and what to do with it", () => {
  const url = `${ORIGIN}/calendar/?u=1&t=2#u=3`
  expect(shellAddress(`${SHELL}?u=${url}`)).toEqual({ url, token: null, purpose: "show" })
  expect(shellAddress(`${SHELL}?t=${TOKEN}&u=${url}`)).toEqual({ url, token: TOKEN, purpose: "show" })
  expect(shellAddress(`${SHELL}?s=${TOKEN}&u=${url}`)).toEqual({ url, token: TOKEN, purpose: "send" })
  expect(shellAddress(`${SHELL}?t=short&u=${url}`).token).toBe(null)
})

test("[ROU-16] of two services at one origin the address has the one whose mount it is under", () => {
  const of = (url: string, key: "t" | "s" = "t") =>
    shellServiceOf([CALENDAR, NOTES], shellAddress(`${SHELL}?${key}=${TOKEN}&u=${url}`))?.service
  expect(of(`${ORIGIN}/notes/1`)).toBe("notes")
  expect(of(`${ORIGIN}/calendar`)).toBe("schedule")
  expect(of(`${ORIGIN}/calendars/`)).toBeUndefined()
  expect(of("https://other.example/calendar/")).toBeUndefined()
  expect(of(`${ORIGIN}/sign-out`)).toBeUndefined()
  expect(of(`${ORIGIN}/sign-out`, "s")).toBeDefined()
  expect(isServed(CALENDAR, `${ORIGIN}/notes/1`)).toBe(false)
})

test("[ROU-33] another site cannot have the shell in a frame", () => {
  const own = "chrome-extension://x"
  expect(mayEmbed([], CALENDAR, own)).toBe(true)
  expect(mayEmbed([own, ORIGIN], CALENDAR, own)).toBe(true)
  expect(mayEmbed([ORIGIN, "https://other.example"], CALENDAR, own)).toBe(false)
  expect(mayEmbed(["null"], CALENDAR, own)).toBe(false)
})

test("[ROU-29] a page leaves its service by a person's doing, once a second, for the web only", () => {
  const seen = { active: false, now: 0 }
  const guard = new LeaveGuard(
    () => seen.active,
    () => seen.now
  )
  expect(guard.allows("https://other.example/?data")).toBe(false)
  seen.active = true
  expect(guard.allows("javascript:alert(1)")).toBe(false)
  expect(guard.allows("https://other.example/")).toBe(true)
  seen.now = 999
  expect(guard.allows("https://other.example/")).toBe(false)
  seen.now = 1000
  expect(guard.allows("https://other.example/")).toBe(true)
})

test("[ROU-41] the corner says who answers the page that is shown, and says nothing new while that is not decided", () => {
  const table = (mode: "server" | "hold" | "client") => ({
    service: "schedule",
    origin: "https://www.example.com",
    mount: "/calendar/",
    serial: 7,
    epoch: 1,
    routes: [{ match: "/calendar/*", mode }]
  })
  const at = "https://www.example.com/calendar/?month=2026-11#top"
  expect(noticeOf([table("client")], "schedule", at)).toBe("served by this browser")
  expect(noticeOf([table("server")], "schedule", at)).toBe("the server answers again")
  expect(noticeOf([table("hold")], "schedule", at)).toBeNull()
  expect(noticeOf([table("server")], "mail", at)).toBeNull()
})
