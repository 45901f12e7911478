/** The soak's crowd: two hundred protocol clients and two browsers through a maintenance in either order. SPEC rules STO-9, STO-10. */
import { playClients } from "../clients/play.ts"

const CLIENTS = 200

/** Plays both orders; says whether everything held. */
export const clientsPart = async (): Promise<boolean> => {
  let held = true
  for (const order of ["server-client", "client-server"] as const) {
    const say = (text: string): void => void process.stdout.write(`clients, ${order}: ${text}\n`)
    const { broken, ...report } = await playClients({ order, size: CLIENTS, say })
    say(JSON.stringify(report))
    for (const text of broken) say(`BROKEN ${text}`)
    held &&= broken.length === 0
  }
  return held
}
