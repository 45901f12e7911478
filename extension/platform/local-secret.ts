/**
 * The secret from which the addresses of local pages are made: random, made once for this installation, in a database that only the
 * extension's own contexts can open (content scripts and sandboxed pages cannot). Keeps SPEC rule ROU-1.
 */
import * as v from "valibot"
import { parse } from "../../shared/protocol/parse.ts"
import { openKeyValue } from "./key-value.ts"
import { randomHex } from "./runtime.ts"

const SecretSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "must be 64 hex digits"))
const SECRET_BYTES = 32

const load = async (): Promise<string> => {
  const values = await openKeyValue("locum-local")
  try {
    const secret = parse(SecretSchema, await values.setOnce("secret", randomHex(SECRET_BYTES)))
    if (!secret.ok) throw new TypeError(`the stored secret of local addresses: ${secret.error}`)
    return secret.value
  } finally {
    values.close()
  }
}

let loading: Promise<string> | null = null

/** Read once in each context; after a failure again. */
export const localSecret = (): Promise<string> =>
  (loading ??= load().catch((error: unknown) => {
    loading = null
    throw error
  }))
