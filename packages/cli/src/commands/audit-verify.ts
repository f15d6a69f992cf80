import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import type { CompletenessReport, SealsReport, VerifyRequest } from '@ledgerbus/audit-log'
import { defaultSinkGroupId } from '@ledgerbus/core'
import { completenessLines, completenessText, completenessView, kindsText } from '../audit/completeness-view.ts'
import { sealsLines, sealsText, sealsView } from '../audit/seals-view.ts'
import { withAdmin, withAuditLog } from '../edge/connect.ts'
import { type CommonFlags, openSession, type Session } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon, withKafka } from '../input/common-options.ts'
import { guessingTopics } from '../input/guessing-topics.ts'
import { helpAfter } from '../input/help.ts'
import { requireGroup } from '../input/known-names.ts'
import { collectPartition, offset } from '../input/offsets.ts'
import { collect } from '../input/values.ts'
import { createProgress, type Progress } from '../output/progress.ts'
import { parseTime } from '../times/parse-time.ts'

type VerifyFlags = CommonFlags & {
  readonly topic?: string[]
  readonly partition?: number[]
  readonly from?: string
  readonly to?: string
  readonly fromOffset?: bigint
  readonly toOffset?: bigint
  readonly group?: string
  readonly maxFindings: number
  readonly seals?: string
  readonly anchor?: string
}

const usualFindings = 100

export const auditVerifyCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withClickHouse(command)))
    .optionsGroup('What is compared:')
    .option(
      '--topic <name>',
      "this topic, or a pattern such as 'order*'; repeatable; without it those the sink has read",
      collect,
    )
    .option('--partition <n>', 'only this partition; repeatable', collectPartition)
    .option('--from <time>', 'Kafka times from this on: 2026-01-31 (midnight UTC), 2026-01-31T12:00:00Z, -2h, now')
    .option('--to <time>', 'Kafka times up to this, exclusive')
    .option('--from-offset <n>', 'offsets from this on', offset)
    .option('--to-offset <n>', 'offsets up to this, exclusive', offset)
    .option('--group <name>', "the group of the sink: what it has not committed is not due; 'none': everything is")
    .addOption(new Option('--max-findings <n>', 'list so many, count all').argParser(count).default(usualFindings))
    .optionsGroup('With seals instead of Kafka:')
    .option('--seals <folder>', 'whether the log is still what `audit seal` sealed')
    .option('--anchor <hash>', 'the hash of a seal, noted elsewhere, which must be among them')
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus audit verify',
        "ledgerbus audit verify --topic 'order*' --from -1d --to now -o json",
        'ledgerbus audit verify --seals ./seals',
      ]),
    )
    .action(async (flags: VerifyFlags) => {
      const request = toRequest(flags, edge.clock.nowMs())
      const session = await openSession(edge, flags)
      await (flags.seals === undefined
        ? verifyWithKafka(session, request, flags)
        : verifyWithSeals(session, flags.seals, flags))
    })

function toRequest(flags: VerifyFlags, nowMs: number): VerifyRequest {
  const { topic, partition, from, to, fromOffset, toOffset, group, seals, anchor } = flags
  const narrowed = [topic, partition, from, to, fromOffset, toOffset, group].some((flag) => flag !== undefined)
  if (seals !== undefined && narrowed) {
    throw new CommandError('--seals checks everything that is sealed; leave out what narrows a comparison with Kafka', {
      code: 'CLI_USAGE',
    })
  }
  if (seals === undefined && anchor !== undefined) {
    throw new CommandError('--anchor belongs to --seals', { code: 'CLI_USAGE' })
  }
  return {
    ...(topic !== undefined && { topics: topic }),
    ...(partition !== undefined && { partitions: partition }),
    ...(from !== undefined && { fromMs: parseTime(from, { flag: '--from', nowMs }) }),
    ...(to !== undefined && { toMs: parseTime(to, { flag: '--to', nowMs }) }),
    ...(fromOffset !== undefined && { fromOffset }),
    ...(toOffset !== undefined && { toOffset }),
    ...(group !== undefined && { groupId: group }),
  }
}

async function verifyWithKafka(session: Session, asked: VerifyRequest, { maxFindings }: VerifyFlags): Promise<void> {
  const { edge, settings, printer } = session
  const { verifyAuditLog } = await import('@ledgerbus/audit-log')
  const groupId = asked.groupId ?? settings.sink.groupId ?? defaultSinkGroupId
  const request = { ...asked, groupId }
  // A group that nobody has heard of has committed nothing, and then nothing would be due.
  if (groupId !== 'none') await withAdmin(session, (admin) => requireGroup(admin, groupId))
  const broker = await session.broker()
  const report = await withAuditLog(session, (auditLog) =>
    guessingTopics(session, request.topics ?? [], () =>
      withProgress(session, 'comparing', (onProgress) =>
        verifyAuditLog({ broker, auditLog, clock: edge.clock }, request, {
          maxFindings,
          onProgress,
          signal: edge.interrupted,
        }),
      ),
    ),
  )
  if (printer.format === 'jsonl') await printer.all('lines', completenessLines(report), () => '')
  else await printer.value(completenessView(report), () => completenessText(report))
  endWith(report)
}

async function verifyWithSeals(session: Session, folder: string, { maxFindings, anchor }: VerifyFlags): Promise<void> {
  const { edge, settings, printer } = session
  const { checkSeals, createSealVerifier } = await import('@ledgerbus/audit-log')
  const { publicKey } = settings.seals
  const verifier = publicKey === undefined ? {} : { verifier: createSealVerifier(publicKey) }
  const store = await edge.connections.seals(folder)
  const report = await withAuditLog(session, (auditLog) =>
    withProgress(session, 'checking', (onProgress) =>
      checkSeals(
        { auditLog, store, clock: edge.clock },
        { maxFindings, onProgress, signal: edge.interrupted, ...verifier, ...(anchor !== undefined && { anchor }) },
      ),
    ),
  )
  if (printer.format === 'jsonl') await printer.all('lines', sealsLines(report), () => '')
  else await printer.value(sealsView(report), () => sealsText(report))
  endWith(report)
}

/** The verdict as exit code: 0 all is well, 1 something is wrong, 4 nothing is wrong and not everything could be compared. */
function endWith(report: CompletenessReport | SealsReport): void {
  if (report.verdict === 'findings') {
    const broken = 'problems' in report && report.problems.length > 0 ? ['seals are broken'] : []
    const said = [kindsText(report.partitions), ...broken].filter((text) => text !== '').join('; ')
    throw new CommandError(`the audit log is not what it should be: ${said}`, {
      code: 'CLI_LOG_DIFFERS',
      remedy: 'see the findings above; docs/guides/verification.md says what each may come from',
    })
  }
  if (report.verdict === 'partly') {
    throw new CommandError('nothing is wrong, but not everything could be compared', {
      code: 'CLI_PARTLY_DONE',
      remedy: 'the report says what and why; --from or --from-offset leaves out what is gone',
    })
  }
}

async function withProgress<Result>(
  { edge }: Session,
  what: string,
  action: (onProgress: (done: number, total: number) => void) => Promise<Result>,
): Promise<Result> {
  // How much there is to do is known with the first step.
  let making: Promise<Progress> | undefined
  let progress: Progress | undefined
  try {
    return await action((done, total) => {
      progress?.update(done)
      making ??= createProgress(edge, { what, total, done }).then((made) => {
        progress = made
        return made
      })
    })
  } finally {
    const made = await making
    made?.stop()
  }
}

function count(text: string): number {
  if (!/^\d{1,7}$/u.test(text)) throw new InvalidArgumentError('Use a whole number, 0 or more.')
  return Number(text)
}
