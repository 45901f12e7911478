/**
 * Who serves a URL now, and why: the one decision function that router, console, popup, CLI and tests share. Order of reasons
 * (DESIGN 3.2): can the server be reached, is it closed, can this client serve, then priority. Keeps SPEC rules POL-4 to POL-8, POL-12 to POL-14, POL-17.
 */
import type { Environment } from "../environment/readings.ts"
import { unreachable } from "../protocol/unreachable.ts"
import type { Side } from "../protocol/names.ts"
import { allowsWish } from "./allows-wish.ts"
import { holds } from "./condition.ts"
import { mostSpecific } from "./most-specific.ts"
import type { ClientPolicy, ServerVerdict } from "./client-policy.ts"
import type { Rule } from "./rules.ts"

/** Why a side serves; `rule` and `exception` count from 0. `rule` is null where no rule of the client's matches. */
export type Reason =
  | { readonly kind: "no-policy" }
  | { readonly kind: "no-rule" }
  | { readonly kind: "rule"; readonly rule: number }
  | { readonly kind: "exception"; readonly rule: number; readonly exception: number }
  /** The person at this browser wished it, and the rule allows both sides. */
  | { readonly kind: "wish"; readonly rule: number }
  /** The server's policy says so, and has priority. */
  | { readonly kind: "server-policy"; readonly match: string; readonly share: number }
  /** The server answers nobody now. */
  | { readonly kind: "closed" }
  | { readonly kind: "cannot-serve"; readonly rule: number | null; readonly why: string }

export interface Decision {
  readonly serve: Side
  readonly because: Reason
}

/** What a client knows of itself when it decides. */
export interface ClientState {
  readonly environment: Environment
  /** Null when this client can serve (release installed, user known, documents there); otherwise why it cannot. */
  readonly cannotServe: string | null
  /** The server said that it is closed. */
  readonly closed?: boolean
  /** The client's place between 0 and 1 (maintenance/waves.ts); without it the client counts as the first. */
  readonly position?: number
  /** The side that the person at this browser wished for; it counts where {@link allowsWish} says so. */
  readonly wish?: Side
  /** Whether an exception holds, with averages and holding times; without it the readings of the moment count. */
  readonly holds?: (rule: Rule, exception: number) => boolean
}

/** Who serves `path` (normalised, no query) under `policy`. When in doubt: the real server (promise 6). */
export const decide = (policy: ClientPolicy | null, path: string, client: ClientState): Decision => {
  if (policy === null) return { serve: "server", because: { kind: "no-policy" } }
  const wanted = wantedSide(policy, path, client)
  if (wanted.serve === "server" || client.cannotServe === null) return wanted
  const rule = "rule" in wanted.because ? wanted.because.rule : null
  return { serve: "server", because: { kind: "cannot-serve", rule, why: client.cannotServe } }
}

/** Who should serve `path`, before it is asked whether this client can. */
export const wantedSide = (policy: ClientPolicy, path: string, client: ClientState): Decision => {
  const mine = wantedByClient(policy, path, client)
  if (mine.because.kind === "no-rule" || client.environment.network === "offline") return mine
  if (client.closed === true) return mine.serve === "client" ? mine : { serve: "client", because: { kind: "closed" } }
  const theirs = wantedByServer(policy.server, path, client.position ?? 0)
  if (theirs === null || policy.server?.priority === "client" || theirs.serve === mine.serve) return mine
  return theirs
}

const wantedByClient = (policy: ClientPolicy, path: string, client: ClientState): Decision => {
  const { rules } = policy
  const rule = mostSpecific(rules, path)
  if (rule === undefined) return { serve: "server", because: { kind: "no-rule" } }
  const index = rules.indexOf(rule)
  const isMet = client.holds ?? ((_, at) => holdsNow(rule, at, client.environment))
  const exception = (rule.unless ?? []).findIndex((_, at) => isMet(rule, at))
  const taken = rule.unless?.[exception]
  if (taken !== undefined) return { serve: taken.serve, because: { kind: "exception", rule: index, exception } }
  const { wish } = client
  return wish !== undefined && wish !== rule.serve && allowsWish(policy, rule, wish)
    ? { serve: wish, because: { kind: "wish", rule: index } }
    : { serve: rule.serve, because: { kind: "rule", rule: index } }
}

const holdsNow = ({ unless }: Rule, exception: number, environment: Environment): boolean => {
  const condition = unless?.[exception]?.if
  return condition !== undefined && holds(condition, environment)
}

const wantedByServer = (verdict: ServerVerdict | undefined, path: string, position: number): Decision | null => {
  const rule = verdict === undefined ? undefined : mostSpecific(verdict.rules, path)
  if (rule === undefined) return null
  const { match, share, serve, otherwise } = rule
  return { serve: position <= share ? serve : otherwise, because: { kind: "server-policy", match, share } }
}

/** One sentence for people; `name` is what it calls the policy. */
export const explain = (policy: ClientPolicy | null, decision: Decision, name = `policy ${policy?.serial}`): string => {
  const side = decision.serve === "client" ? "this browser" : "the server"
  const match = (rule: number): string => policy?.rules[rule]?.match ?? "?"
  const { because } = decision
  switch (because.kind) {
    case "no-policy":
      return `${side}: no policy is in force`
    case "no-rule":
      return `${side}: no rule of ${name} matches`
    case "rule":
      return `${side}: rule ${because.rule + 1} (${match(because.rule)}) of ${name} says so`
    case "exception":
      return `${side}: exception ${because.exception + 1} of rule ${because.rule + 1} (${match(because.rule)}) of ${name} applies`
    case "wish":
      return `${side}: wished by hand, rule ${because.rule + 1} (${match(because.rule)}) of ${name} allows both sides`
    case "server-policy":
      return `${side}: the server's policy says so for ${because.match}${because.share < 1 ? ` and ${Math.round(because.share * 100)} % of the browsers` : ""}, and it has priority`
    case "closed":
      return `${side}: the server is closed`
    case "cannot-serve":
      return because.rule === null
        ? `${side}: this browser should serve it, but ${because.why}`
        : `${side}: rule ${because.rule + 1} (${match(because.rule)}) wants this browser, but ${because.why}`
    default:
      return unreachable(because)
  }
}
