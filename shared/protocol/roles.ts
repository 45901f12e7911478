/** The words for what a member of a document may. Keeps SPEC rule APP-14. */
import * as v from "valibot"

/** What a member may: an owner sets members, too; a reader reads. */
export const RoleSchema = v.picklist(["owner", "editor", "reader"], "must be owner, editor or reader")
export type Role = v.InferOutput<typeof RoleSchema>

/** An explicit word about a person: a role, or that he is removed, whatever his groups are. */
export const MemberWordSchema = v.picklist(["owner", "editor", "reader", "removed"])
export type MemberWord = v.InferOutput<typeof MemberWordSchema>

/** A document and what somebody may in it. */
export const DocumentRoleSchema = v.strictObject({ document: v.string(), role: RoleSchema })
export type DocumentRole = v.InferOutput<typeof DocumentRoleSchema>
