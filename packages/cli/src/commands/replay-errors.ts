import type { ReplayEntryError } from '@ledgerbus/replay'
import { openSession } from '../edge/session.ts'
import { withReplay } from '../edge/with-replay.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { guessingReplays } from '../input/known-replays.ts'
import { printable } from '../output/printable.ts'
import { write } from '../output/write.ts'
import { toIso } from '../times/iso.ts'

export const replayErrorsCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(command))
    .argument('<replay-id>', 'the replay')
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus replay errors 00000000-0000-7000-8000-000000000001',
        'ledgerbus replay errors 00000000-0000-7000-8000-000000000001 -o jsonl',
      ]),
    )
    .action(async (replayId, flags) => {
      const session = await openSession(edge, flags)
      const wait = { signal: edge.interrupted }
      await withReplay(session, async (replay) => {
        await guessingReplays(replay, replayId, () => replay.status(replayId, wait))
        let count = 0
        await session.printer.list('errors', replay.errors(replayId, wait), {
          item: errorView,
          text: (error) => {
            count += 1
            return errorLine(error)
          },
          rest: () => ({}),
        })
        if (session.printer.format === 'text' && count === 0) await write(edge.stderr, 'no entry failed\n')
      })
    })

function errorView({ timestampMs, ...error }: ReplayEntryError): object {
  return { ...error, kafkaTime: toIso(timestampMs) }
}

function errorLine({ topic, partition, offset, timestampMs, eventId, code, message }: ReplayEntryError): string {
  const parts = [toIso(timestampMs), `${topic}/${partition}/${offset}`, eventId ?? '-', `${code}: ${message}`]
  return parts.map(printable).join('  ')
}
