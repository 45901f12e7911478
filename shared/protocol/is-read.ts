/** Reads: what a GET or HEAD changes is thrown away on both sides (APP-36), so a switch need not wait for one that is under way. */
export const isRead = (method: string): boolean => ["GET", "HEAD"].includes(method.toUpperCase())
