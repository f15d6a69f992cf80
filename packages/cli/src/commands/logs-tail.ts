import type { AuditEntry } from '@ledgerbus/core'
import { withAuditLog } from '../edge/connect.ts'
import { openSession } from '../edge/session.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { toSelection, withFilter, withSelection } from '../input/selection-options.ts'
import { countOrAll } from '../input/values.ts'
import { entryLine, entryView } from '../output/entry-view.ts'

export const logsTailCommand: BuildCommand = (command, edge) =>
  withCommon(withClickHouse(withFilter(withSelection(command))))
    .optionsGroup('How many:')
    .option('--limit <n>', 'end after so many entries, or never: all', countOrAll, Number.POSITIVE_INFINITY)
    .addHelpText(
      'after',
      helpAfter([
        "ledgerbus logs tail --event 'order.*' --limit 10",
        "ledgerbus logs tail --filter 'payload.after.total >= 100' --limit 1 -o jsonl",
      ]),
    )
    .action(async (flags) => {
      const session = await openSession(edge, flags, { logLevel: 'warn' })
      const selection = toSelection(flags, edge.clock.nowMs())
      await withAuditLog(session, async (auditLog) => {
        const entries = upTo(auditLog.tail(selection, { signal: edge.interrupted }), flags.limit)
        await session.printer.list('entries', entries, { item: entryView, text: entryLine, rest: () => ({}) })
      })
    })

async function* upTo(entries: AsyncIterable<AuditEntry>, limit: number): AsyncGenerator<AuditEntry> {
  let count = 0
  for await (const entry of entries) {
    yield entry
    count += 1
    if (count >= limit) return
  }
}
