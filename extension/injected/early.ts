/** The first script of the extension's pages that have a frame in their markup. */
import { keepEarly } from "../platform/early-messages.ts"

keepEarly()
