import type { SealReport } from '@ledgerbus/audit-log'
import { withAuditLog } from '../edge/connect.ts'
import { openSession } from '../edge/session.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { collect } from '../input/values.ts'
import { counted } from '../output/table.ts'

export const auditSealCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withClickHouse(command)))
    .optionsGroup('What is sealed:')
    .requiredOption('--seals <folder>', 'where seals are kept; best where who can change the log cannot write')
    .option(
      '--day <day>',
      'the day in UTC, 2026-01-31; days before it that are not sealed are covered, too (yesterday)',
    )
    .option(
      '--topic <name>',
      "this topic, or a pattern such as 'order*'; repeatable; without it those the sink has read",
      collect,
    )
    .option('--group <name>', 'the group of the sink: a day is sealed when it has committed past it everywhere')
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus audit seal --seals ./seals',
        'ledgerbus audit seal --seals ./seals --day 2026-01-30 -o json',
      ]),
    )
    .action(async (flags) => {
      const session = await openSession(edge, flags)
      const { sealDay, createSealSigner } = await import('@ledgerbus/audit-log')
      const { seals, sink } = session.settings
      const groupId = flags.group ?? sink.groupId
      const store = await edge.connections.seals(flags.seals)
      const signer = seals.key === undefined ? {} : { signer: createSealSigner(seals.key.reveal()) }
      const broker = await session.broker()
      const report = await withAuditLog(session, (auditLog) =>
        sealDay(
          { broker, auditLog, store, clock: edge.clock, ids: edge.ids, ...signer },
          {
            ...(flags.day !== undefined && { day: flags.day }),
            ...(flags.topic !== undefined && { topics: flags.topic }),
            ...(groupId !== undefined && { groupId }),
          },
          { signal: edge.interrupted },
        ),
      )
      await session.printer.value(sealView(report), () => sealText(report))
    })

function sealView({ state, seal: { number, day, sealedAt, hash, signature, segments }, entries }: SealReport) {
  return {
    state,
    number,
    day,
    sealedAt,
    hash,
    isSigned: signature !== undefined,
    entries,
    segments: segments.map(({ topic, partition, from, to, entries: count }) => ({
      topic,
      partition,
      from,
      to,
      entries: count,
    })),
  }
}

function sealText({ state, seal: { number, day, hash, signature, segments }, entries }: SealReport): string {
  if (state === 'present') return `${day} is sealed already, by seal ${number}\nhash  ${hash}`
  const signed = signature === undefined ? 'not signed' : 'signed'
  return [
    `sealed ${day} as seal ${number}: ${counted(entries, 'entry', 'entries')} of ${counted(segments.length, 'partition')}, ${signed}`,
    `hash  ${hash}`,
  ].join('\n')
}
