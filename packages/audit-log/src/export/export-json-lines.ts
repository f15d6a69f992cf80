import { type AuditSelection, auditEntryJson, type WaitOptions } from '@ledgerbus/core'
import { readEntries, type ReadNeeds } from '../query/read-entries.ts'

/** Lines are handed on together: a write for each would cost more than its line. */
const chunkBytes = 65_536

/** One entry a line. An answer that breaks off is taken up again behind the last entry, so the file goes on with the next line. */
export async function* exportJsonLines(
  needs: ReadNeeds,
  selection: AuditSelection,
  wait: WaitOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let lines: string[] = []
  let length = 0
  for await (const entry of readEntries(needs, selection, { ...wait, order: 'oldest' })) {
    const line = `${JSON.stringify(auditEntryJson(entry, { withValue: true }))}\n`
    lines.push(line)
    length += line.length
    if (length < chunkBytes) continue
    yield Buffer.from(lines.join(''), 'utf8')
    lines = []
    length = 0
  }
  if (lines.length > 0) yield Buffer.from(lines.join(''), 'utf8')
}
