/** The hidden field that every form which writes carries, as a part of a page. */
import { html } from "hono/html"
import type { AppContext } from "../../../shared/app/app.ts"
import { formKey } from "../../../shared/app/forms.ts"
import { KEY_FIELD } from "../../../shared/app/idempotency.ts"
import type { Html } from "./layout.ts"

/** A key of its own for each form that is rendered. */
export const hiddenKey = (context: AppContext): Html =>
  html`<input type="hidden" name="${KEY_FIELD}" value="${formKey(context)}" />`
