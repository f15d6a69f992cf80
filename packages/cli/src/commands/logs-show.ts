import { Option } from '@commander-js/extra-typings'
import type { AuditEntry, AuditLog, AuditOrder, AuditSelection } from '@ledgerbus/core'
import { withAuditLog } from '../edge/connect.ts'
import type { Edge } from '../edge/edge.ts'
import { openSession } from '../edge/session.ts'
import { withClickHouse, withCommon } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { requireKnownNames } from '../input/known-entries.ts'
import { toSelection, withFilter, withSelection } from '../input/selection-options.ts'
import { countOrAll } from '../input/values.ts'
import { entryLine, entryView } from '../output/entry-view.ts'
import { write } from '../output/write.ts'
import type { BuildCommand } from '../input/build-command.ts'

const orders = ['newest', 'oldest', 'partition'] as const satisfies readonly AuditOrder[]
const usualLimit = 50

export const logsShowCommand: BuildCommand = (command, edge) =>
  withCommon(withClickHouse(withFilter(withSelection(command))))
    .optionsGroup('How many:')
    .option('--limit <n>', 'at most so many entries, or all', countOrAll, usualLimit)
    .option('--cursor <cursor>', 'go on behind this, as the last page said')
    .addOption(
      new Option('--order <order>', 'by Kafka time, or by partition and offset')
        .choices(orders)
        .default('newest' as const),
    )
    .addHelpText(
      'after',
      helpAfter([
        "ledgerbus logs show --event 'order.*' --from -2h",
        'ledgerbus logs show --entity order/o-1 --order oldest -o jsonl',
        'ledgerbus logs show --from -2h --filter \'payload.after.total >= 100 && action == "created"\'',
      ]),
    )
    .action(async (flags) => {
      const session = await openSession(edge, flags)
      const selection = toSelection(flags, edge.clock.nowMs())
      await withAuditLog(session, async (auditLog) => {
        const reading = readUpTo(auditLog, selection, { ...flags, signal: edge.interrupted })
        await session.printer.list('entries', reading.entries, {
          item: entryView,
          text: entryLine,
          rest: () => ({ nextCursor: reading.nextCursor() ?? null }),
        })
        if (reading.count() === 0) await requireKnownNames(selection, auditLog, session.settings)
        if (session.printer.format === 'text') await tellEnd(edge, reading)
      })
    })

interface Reading {
  readonly entries: AsyncIterable<AuditEntry>
  count(): number
  /** Where the next page begins; absent at the end of the log. Known once `entries` has ended. */
  nextCursor(): string | undefined
}

interface ReadOptions {
  readonly order: AuditOrder
  readonly limit: number
  readonly cursor?: string | undefined
  readonly signal: AbortSignal
}

function readUpTo(auditLog: AuditLog, selection: AuditSelection, options: ReadOptions): Reading {
  const { order, limit, cursor, signal } = options
  let count = 0
  let nextCursor: string | undefined

  async function* entries(): AsyncGenerator<AuditEntry> {
    let last: AuditEntry | undefined
    for await (const entry of auditLog.read(selection, { order, signal, ...(cursor !== undefined && { cursor }) })) {
      // One more than asked for tells that there is a next page.
      if (last !== undefined && count === limit) {
        nextCursor = auditLog.cursorOf(last, order)
        return
      }
      yield entry
      last = entry
      count += 1
    }
  }

  return { entries: entries(), count: () => count, nextCursor: () => nextCursor }
}

/** What is not data goes to stderr. */
async function tellEnd(edge: Edge, reading: Reading): Promise<void> {
  const cursor = reading.nextCursor()
  if (reading.count() === 0) return write(edge.stderr, 'no entries match\n')
  if (cursor !== undefined) await write(edge.stderr, `there is more: --cursor ${cursor}\n`)
}
