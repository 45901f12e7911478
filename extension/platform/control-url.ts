/** Where a client's control socket is opened. Keeps SPEC rule CTL-13. */

/** The edge chooses the shard by the client's id, so that one that connects again comes to the one that holds its old socket. */
export const controlUrl = (origin: string, client: string, ticket: string): string =>
  `${origin.replace(/^http/, "ws")}/_locum/control?client=${client}&ticket=${encodeURIComponent(ticket)}`
