/** Paths of this machine. */
import { join, resolve } from "node:path"

/** A path, taken from the folder in which the command was called. */
export const absolute = (path: string): string => resolve(path)

export const joined = (...parts: readonly string[]): string => join(...parts)

/** The console that was built with this command; both lie side by side in build/. */
export const builtConsole = (): string => resolve(import.meta.dirname, "../console")
