/**
 * What of a client's answer is kept, to be given again from the real origin. A client's word is not the app's: whatever could set
 * something at the origin, or lead away from it, is left out. Keeps SPEC rule DOC-16.
 */
import { isAnswerHeader } from "../../shared/protocol/headers.ts"
import { MAX_KEPT_BODY_BYTES, type KeptAnswer } from "../../shared/sync/messages.ts"

const MAX_KEY_LENGTH = 200
const MAX_VALUE_LENGTH = 4096
const HERE = "http://here.invalid"

/**
 * The answer as it may be kept; null when it may not be: the unit is taken without it.
 * @param now ms; nothing was answered later than that
 */
export const admitAnswer = (answer: KeptAnswer, now: number): KeptAnswer | null => {
  const { effectiveKey, status, headers, body, at } = answer
  if (effectiveKey.length > MAX_KEY_LENGTH || status < 200 || status > 399) return null
  if (body !== null && body.length > MAX_KEPT_BODY_BYTES) return null
  const kept = headers.filter(([name]) => isAnswerHeader(name))
  if (!kept.every(([name, value]) => isSound(name.toLowerCase(), value))) return null
  return { effectiveKey, status, headers: kept, body, at: Math.min(at, now) }
}

const isSound = (name: string, value: string): boolean => {
  if (value.length > MAX_VALUE_LENGTH || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return false
  return name !== "location" || staysHere(value)
}

/** A path of the same origin, however a browser would read it (`//x`, `/\\x`, `javascript:` lead elsewhere). */
const staysHere = (location: string): boolean =>
  URL.canParse(location, HERE) && new URL(location, HERE).origin === HERE && !location.startsWith(HERE)
