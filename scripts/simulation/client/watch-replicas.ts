/** Which replicas a browser has open: the platform keeps them to itself, and the checker has to read them. */
import { DocumentReplica } from "../../../extension/document/document-replica.ts"
import { CURRENT } from "../world/current.ts"
import type { Process } from "../world/process.ts"

const opened = new WeakMap<Process, Map<string, DocumentReplica>>()

const open = DocumentReplica.open.bind(DocumentReplica)
DocumentReplica.open = async (document, ports) => {
  const replica = await open(document, ports)
  const { process } = CURRENT
  if (process !== null) {
    const known = opened.get(process) ?? new Map<string, DocumentReplica>()
    opened.set(process, known.set(document, replica))
  }
  return replica
}

/** The newest replica of each document that was opened in a process. */
export const watchReplicas = (process: Process): ReadonlyMap<string, DocumentReplica> =>
  opened.get(process) ?? new Map()
