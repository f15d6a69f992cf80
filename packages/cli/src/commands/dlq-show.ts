import type { FoundDeadLetter, LetterSelection, Redrive } from '@ledgerbus/consumer'
import { countsView, eventTable, fingerprintTable, statusText } from '../dlq/counts-view.ts'
import { letterLine, letterText, letterView } from '../dlq/letter-view.ts'
import { openSession, type Session } from '../edge/session.ts'
import { withRedriveOf } from '../edge/with-redrive.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { toFilter, toSource, withAnyStatus, withDeadLetters } from '../input/dead-letter-options.ts'
import { helpAfter } from '../input/help.ts'
import { countOrAll } from '../input/values.ts'
import { printable } from '../output/printable.ts'
import { counted } from '../output/table.ts'
import { write } from '../output/write.ts'

const usualLimit = 50

export const dlqShowCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withAnyStatus(withDeadLetters(command))))
    .argument('<topic>', 'the dead-letter topic')
    .optionsGroup('What is shown:')
    .option('--list', 'one line a letter, instead of counts by error')
    .option('--limit <n>', 'with --list, at most so many, or all', countOrAll, usualLimit)
    .option('--payload', 'with --letter, the value too')
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus dlq show orders.billing.dlq',
        'ledgerbus dlq show orders.billing.dlq --list --status pending -o jsonl',
        'ledgerbus dlq show orders.billing.dlq --letter 0/0',
      ]),
    )
    .action(async (topic, flags) => {
      const selection: LetterSelection = {
        ...toSource(topic, flags),
        ...toFilter(flags, edge.clock.nowMs()),
        ...(flags.status !== undefined && { statuses: flags.status }),
      }
      const session = await openSession(edge, flags)
      await withRedriveOf(session, { topics: [topic] }, async (redrive) => {
        if (flags.letter !== undefined) {
          await showEach(session, redrive, selection, {
            limit: Number.POSITIVE_INFINITY,
            text: (letter) => `${letterText(letter, { payload: flags.payload === true })}\n`,
            payload: flags.payload === true,
          })
        } else if (flags.list === true) {
          await showEach(session, redrive, selection, { limit: flags.limit, text: letterLine, payload: false })
        } else {
          await showCounts(session, redrive, selection)
        }
      })
    })

async function showCounts(session: Session, redrive: Redrive, selection: LetterSelection): Promise<void> {
  const { deadLetterTopic } = selection
  const counts = await redrive.count(selection, { signal: session.edge.interrupted })
  await session.printer.value({ topic: deadLetterTopic, counts: countsView(counts) }, () =>
    [
      `${printable(deadLetterTopic)}: ${counted(counts.letters, 'dead letter')}, ${statusText(counts.byStatus) || 'none'}`,
      ...(counts.letters === 0 ? [] : ['', fingerprintTable(counts), '', eventTable(counts)]),
    ].join('\n'),
  )
}

interface Shown {
  readonly limit: number
  readonly text: (letter: FoundDeadLetter) => string
  readonly payload: boolean
}

async function showEach(session: Session, redrive: Redrive, selection: LetterSelection, shown: Shown): Promise<void> {
  const { edge, printer } = session
  let count = 0
  let isMore = false

  async function* upToLimit(): AsyncGenerator<FoundDeadLetter> {
    for await (const letter of redrive.find(selection, { signal: edge.interrupted })) {
      if (count === shown.limit) {
        isMore = true
        return
      }
      count += 1
      yield letter
    }
  }

  await printer.list('letters', upToLimit(), {
    item: (letter) => letterView(letter, { payload: shown.payload }),
    text: shown.text,
    rest: () => ({ isMore }),
  })
  if (printer.format !== 'text') return
  if (count === 0) await write(edge.stderr, 'no dead letters match\n')
  if (isMore) await write(edge.stderr, 'there are more: --limit all shows them\n')
}
