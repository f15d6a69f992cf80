import { Option, type OptionValues } from '@commander-js/extra-typings'
import type { AuditReading, ReplayMode } from '@ledgerbus/core'
import {
  checkReplayRequest,
  defaultReplayPace as usual,
  type ReplayContent,
  type ReplayControlOptions,
  type ReplayOrder,
  type ReplayPace,
  type ReplayPlan,
  type ReplayRequest,
  type RunReplayOptions,
} from '@ledgerbus/replay'
import { CommandError } from '../errors/command-error.ts'
import type { Typed } from './common-options.ts'
import { type SelectionFlags, toSelection, withFilter, withSelection } from './selection-options.ts'
import { boundOrAny, collect, durationMs, positiveOrAny, wholeNumber, wholeUpTo } from './values.ts'

const sources = ['log', 'kafka'] as const satisfies readonly ReplayPlan['readFrom'][]
const orders = ['key', 'time'] as const satisfies readonly ReplayOrder[]
const contents = ['stored', 'latest'] as const satisfies readonly ReplayContent[]
const modes = ['rehandle', 'fill-gaps', 'rebuild', 'copy'] as const satisfies readonly ReplayMode[]
/** Nothing is left of an erased entry that could be published. */
const replayable = ['ok', 'tombstone', 'undecodable'] as const satisfies readonly AuditReading['status'][]
const mostInFlight = 2_000

/** `--by`: whose act it is. */
export type ByFlag = { readonly by?: string }

/** Flags of what is replayed, for whom, and how. */
export type ReplayRequestFlags = SelectionFlags &
  ByFlag & {
    readonly filter?: string
    readonly includeRedrives?: true
    readonly readFrom: ReplayPlan['readFrom']
    readonly group?: string[]
    readonly reason?: string
    readonly target?: string
    readonly order: ReplayOrder
    readonly content: ReplayContent
    readonly transform?: string
    readonly mode?: ReplayMode
    readonly maxEntries?: number
    readonly check: boolean
  }

/** Flags of how fast it goes that a plan keeps. */
export type PlannedPaceFlags = { readonly rate?: number; readonly speed?: number | undefined }

/** Flags of how fast it goes. */
export type PaceFlags = PlannedPaceFlags & {
  readonly maxInFlight?: number
  readonly maxGap?: number
  readonly maxLag?: number
  readonly maxErrors?: number
}

/** Flags that answer beforehand what would be asked. */
export type ConfirmFlags = { readonly yes?: true; readonly confirm?: string[] }

/** What a plan is made of. */
export function withReplayRequest<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & ReplayRequestFlags> {
  withFilter(withSelection(command, { statuses: replayable }))
  command.option('--include-redrives', 'also what a redrive gave back to its own topic, where it stood before')
  command.addOption(
    new Option('--read-from <source>', 'the audit log, or Kafka itself while it still has them')
      .choices(sources)
      .default('log' as const),
  )
  command.optionsGroup('What is done with them:')
  command.option('--group <name>', 'a consumer group that shall handle them, all others skip them; repeatable', collect)
  command.option('--reason <text>', 'why; travels with every record')
  command.option('--target <topic>', 'publish to this topic instead of the one they came from')
  command.addOption(
    new Option('--order <order>', 'each partition by offset, so that keys keep their order, or all by Kafka time')
      .choices(orders)
      .default('key' as const),
  )
  command.addOption(
    new Option('--content <content>', 'the bytes as they were, or the newest version of the event')
      .choices(contents)
      .default('stored' as const),
  )
  command.option('--transform <name>', 'what this transform of the project file makes of them')
  command.addOption(
    new Option('--mode <mode>', 'how idempotent handlers count them (rehandle, with --target copy)').choices(modes),
  )
  command.option('--max-entries <n>', 'a plan with more of them is not run', wholeNumber)
  command.option('--no-check', 'do not read each of them to hold it against the definitions of the project file')
  // See common-options.ts on the casts.
  return withBy(command) as never
}

/** How fast a run goes, and when it ends early. */
export function withPace<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & PaceFlags> {
  command.optionsGroup('How fast:')
  command.option('--rate <n>', 'at most so many a second, or any whatever was planned', positiveOrAny)
  command.option(
    '--max-in-flight <n>',
    `at most so many not yet confirmed, 1 to ${mostInFlight}`,
    wholeUpTo(mostInFlight),
  )
  command.option('--speed <n>', 'so many times the original speed, needs --order time; or any', positiveOrAny)
  command.option('--max-gap <duration>', 'with --speed, no gap is longer than this (1m)', durationMs)
  command.option('--max-lag <n>', 'wait while a group lags further behind than this, or any (10,000)', boundOrAny)
  command.option('--max-errors <n>', 'end when more entries fail, one by one, or any (100)', boundOrAny)
  return command
}

/** What is confirmed beforehand. */
export function withConfirm<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & ConfirmFlags> {
  command.optionsGroup('Confirmation:')
  command.option('--yes', 'do not ask, where they go to another topic')
  command.option('--confirm <topic>', 'do not ask before publishing to this topic again; repeatable', collect)
  return command
}

/** Who does it. */
export function withBy<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & ByFlag> {
  command.optionsGroup('For the record:')
  command.option('--by <name>', 'who does it (the user of the operating system)')
  return command
}

/** The flags as a request, checked. @throws ReplayError `REPLAY_BOUNDS_REQUIRED`, ...; CommandError `CLI_TIME_INVALID` */
export function toReplayRequest(
  flags: ReplayRequestFlags & PlannedPaceFlags,
  caller: { readonly nowMs: number; readonly userName: string | undefined },
): ReplayRequest {
  const { includeRedrives, readFrom, group, reason, target, order, content, transform, mode, maxEntries } = flags
  const { rate, speed } = flags
  const selection = toSelection(flags, caller.nowMs)
  const by = flags.by ?? caller.userName
  const request = {
    ...selection,
    // A bound that is missing is the replay's to refuse: it says the same to programs.
    fromMs: selection.fromMs ?? Number.NaN,
    toMs: selection.toMs ?? Number.NaN,
    redrives: includeRedrives === true ? ('include' as const) : ('exclude' as const),
    readFrom,
    groups: group ?? [],
    reason: reason ?? '',
    order,
    content,
    ...(by !== undefined && { by }),
    ...(target !== undefined && { target }),
    ...(transform !== undefined && { transform }),
    ...(mode !== undefined && { mode }),
    ...(maxEntries !== undefined && { maxEntries }),
    ...(!flags.check && { check: 'none' as const }),
    ...(isBound(rate) && { ratePerSecond: rate }),
    ...(isBound(speed) && { speed }),
  }
  checkReplayRequest(request)
  return request
}

/** What a plan lacks that nobody may run. @throws CommandError `CLI_USAGE` */
export function requireWhatRunsNeed(
  { group, reason, by }: ReplayRequestFlags,
  { userName }: { readonly userName: string | undefined },
): void {
  const missing = [
    ...(group === undefined ? ['--group (who shall handle the records)'] : []),
    // A script whose variable is empty says no more than one that leaves the flag out.
    ...(reason === undefined || reason === '' ? ['--reason'] : []),
    ...((by ?? userName ?? '') === '' ? ['--by (who asks for it: the operating system does not know)'] : []),
  ]
  if (missing.length === 0) return
  throw new CommandError(`to publish, a replay needs ${missing.join(' and ')}`, {
    code: 'CLI_USAGE',
    remedy:
      'add them, or look first: `ledgerbus replay ... --dry-run` shows the plan and the groups that read these topics',
  })
}

/** @throws CommandError `CLI_USAGE` for a pace that a plan of this order cannot have */
export function requirePace({ speed, maxGap }: PaceFlags, order: ReplayOrder): void {
  if (maxGap !== undefined && !isBound(speed)) {
    throw new CommandError('--max-gap belongs to --speed', {
      code: 'CLI_USAGE',
      remedy: 'add --speed, or leave --max-gap out: without --speed there are no gaps',
    })
  }
  if (!isBound(speed) || order === 'time') return
  throw new CommandError(
    '--speed keeps the gaps between times, and this replay goes by offset, partition by partition',
    {
      code: 'CLI_USAGE',
      remedy: 'plan it with --order time, or use --rate',
    },
  )
}

/** Without a bound there is nothing for a plan to keep. */
function isBound(pace: number | undefined): pace is number {
  return pace !== undefined && Number.isFinite(pace)
}

/** The flags that make a run go as an earlier one went: what it did as every run does is left out, and a pace of the plan that it did not keep is lifted. */
export function toPaceFlags(
  pace: ReplayPace | undefined,
  planned: Pick<ReplayPlan, 'ratePerSecond' | 'speed'> = {},
): PaceFlags {
  if (pace === undefined) return {}
  const none = Number.POSITIVE_INFINITY
  const { ratePerSecond, speed, maxGapMs, maxInFlight, maxLag, maxErrors } = pace
  return {
    ...(planned.ratePerSecond !== undefined && { rate: none }),
    ...(ratePerSecond !== undefined && { rate: ratePerSecond }),
    ...(maxInFlight !== usual.maxInFlight && { maxInFlight }),
    ...(planned.speed !== undefined && { speed: none }),
    ...(speed !== undefined && { speed }),
    ...(maxGapMs !== undefined && maxGapMs !== usual.maxGapMs && { maxGap: maxGapMs }),
    ...(maxLag !== usual.maxLag && { maxLag }),
    ...(maxErrors !== usual.maxErrors && { maxErrors }),
  }
}

export function toRunOptions(flags: PaceFlags): RunReplayOptions {
  const { rate, maxInFlight, speed, maxGap, maxLag, maxErrors } = flags
  return {
    ...(rate !== undefined && { ratePerSecond: rate }),
    ...(maxInFlight !== undefined && { maxInFlight }),
    ...(speed !== undefined && { speed }),
    ...(maxGap !== undefined && { maxGapMs: maxGap }),
    ...(maxLag !== undefined && { maxLag }),
    ...(maxErrors !== undefined && { maxErrors }),
  }
}

/** Flags of what changes the state of a replay from outside. */
export type ControlFlags = ByFlag & { readonly note?: string }

export function withControl<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & ControlFlags> {
  command.optionsGroup('For the record:')
  command.option('--note <text>', 'why')
  return withBy(command) as never
}

/** Who does it, for the record. @throws CommandError `CLI_USAGE` where nobody says so */
export function requireWho({ by }: ByFlag, { userName }: { readonly userName: string | undefined }): string {
  const who = by ?? userName ?? ''
  if (who !== '') return who
  throw new CommandError('the operating system does not know who calls', {
    code: 'CLI_USAGE',
    remedy: 'say it: --by <name>',
  })
}

/** @throws CommandError `CLI_USAGE` where nobody says who it is */
export function toControl(
  flags: ControlFlags,
  edge: { readonly userName: string | undefined; readonly interrupted: AbortSignal },
): ReplayControlOptions {
  const { note } = flags
  return { by: requireWho(flags, edge), signal: edge.interrupted, ...(note !== undefined && { note }) }
}
