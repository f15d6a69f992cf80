import { InvalidArgumentError, Option, type OptionValues } from '@commander-js/extra-typings'
import type {
  DeadLetterFilter,
  DeadLetterSource,
  DeadLetterStatus,
  RedrivableStatus,
  RedriveRequest,
} from '@ledgerbus/consumer'
import { parseTime } from '../times/parse-time.ts'
import type { Typed } from './common-options.ts'
import { collect, collectPattern, type Subject, subject } from './values.ts'

const everyStatus = ['pending', 'redriven', 'resolved', 'failed-again', 'discarded', 'parked'] as const
const redrivable = ['pending', 'failed-again', 'discarded'] as const

/** Flags that choose dead letters. */
export type DeadLetterFlags = {
  readonly event?: string[]
  readonly fingerprint?: string[]
  readonly step?: string[]
  readonly handler?: string[]
  readonly ofGroup?: string[]
  readonly from?: string
  readonly to?: string
  readonly key?: string[]
  readonly entity?: Subject
  readonly organization?: string
  readonly minRedrives?: number
  readonly maxRedrives?: number
  readonly letter?: string[]
  readonly sourceTopic?: string
  readonly group?: string
}

/** The same words wherever dead letters are chosen. */
export function withDeadLetters<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & DeadLetterFlags> {
  command.optionsGroup('Which dead letters:')
  command.option('--event <pattern>', "name, or pattern such as 'order.*'; repeatable", collectPattern)
  command.option('--fingerprint <id>', 'with this error, as `dlq show` lists them; repeatable', collect)
  command.option('--step <step>', 'that failed in this step: decode, validate, handle, ...; repeatable', collect)
  command.option('--handler <name>', 'of this handler; repeatable', collect)
  command.option('--of-group <name>', 'of this group, where several share the topic; repeatable', collect)
  command.option('--from <time>', 'that failed from this time on: 2026-01-31, 2026-01-31T12:00:00Z, -2h, now')
  command.option('--to <time>', 'that failed before this time')
  command.option('--key <key>', 'with this key; repeatable', collect)
  command.option('--entity <type/id>', 'of this entity, or of all of a type', subject)
  command.option('--organization <id>', 'of this organization')
  command.option('--min-redrives <n>', 'that were redriven at least so often', count)
  command.option('--max-redrives <n>', 'that were redriven at most so often', count)
  command.option('--letter <partition/offset>', 'this very one; repeatable', collect)
  command.optionsGroup('Where the headers of another make do not say it:')
  command.option('--source-topic <name>', 'the topic the records came from')
  command.option('--group <name>', 'the group that failed')
  return command
}

/** Statuses to look at. */
export function withAnyStatus<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & { status?: DeadLetterStatus[] }> {
  command.optionsGroup('Which dead letters:')
  command.addOption(new Option('--status <status...>', 'what became of them').choices(everyStatus))
  return command
}

/** Flags that choose what something is to be done with, and say why. */
export type PlannedFlags = DeadLetterFlags & {
  readonly status?: RedrivableStatus[]
  readonly unanswered?: string
  readonly limit?: number
  readonly reason?: string
}

/** Flags of how it is redriven. */
export type RedriveFlags = PlannedFlags & {
  readonly toOrigin?: string[]
  readonly force?: true
  readonly again?: true
}

/** What something can be done with. */
export function withPlanned<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & PlannedFlags> {
  withDeadLetters(command)
  command.optionsGroup('Which dead letters:')
  command.addOption(new Option('--status <status...>', 'what became of them (pending)').choices(redrivable))
  command.option('--unanswered <redrive-id>', 'of an earlier run, whose end was never told; needs --reason')
  command.option('--limit <n>', 'at most so many', count)
  command.optionsGroup('What is done with them:')
  command.option('--reason <text>', 'why; stands in the state of each')
  return command
}

/** The same, and how it is redriven. */
export function withRedrive<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & RedriveFlags> {
  withPlanned(command)
  command.option('--to-origin <topic>', 'back to this topic, where every group sees them; repeatable', collect)
  command.option('--force', 'also what was redriven three times, which is parked else; needs --reason')
  command.option('--again', 'handle also what was handled before')
  return command
}

/** The flags as a filter, with every time resolved. @throws CommandError `CLI_TIME_INVALID` */
export function toFilter(flags: DeadLetterFlags, nowMs: number): DeadLetterFilter {
  const { event, fingerprint, step, handler, ofGroup, from, to, key, entity, organization, letter } = flags
  const { minRedrives, maxRedrives } = flags
  return {
    ...(event !== undefined && { events: event }),
    ...(fingerprint !== undefined && { fingerprints: fingerprint }),
    ...(step !== undefined && { steps: step }),
    ...(handler !== undefined && { handlers: handler }),
    ...(ofGroup !== undefined && { groups: ofGroup }),
    ...(from !== undefined && { fromMs: parseTime(from, { flag: '--from', nowMs }) }),
    ...(to !== undefined && { toMs: parseTime(to, { flag: '--to', nowMs }) }),
    ...(key !== undefined && { keys: key }),
    ...(entity !== undefined && { entityType: entity.type, ...(entity.id !== undefined && { entityId: entity.id }) }),
    ...(organization !== undefined && { organizationId: organization }),
    ...(minRedrives !== undefined && { minRedriveCount: minRedrives }),
    ...(maxRedrives !== undefined && { maxRedriveCount: maxRedrives }),
    ...(letter !== undefined && { letters: letter }),
  }
}

export function toSource(deadLetterTopic: string, flags: DeadLetterFlags): DeadLetterSource {
  return {
    deadLetterTopic,
    ...(flags.sourceTopic !== undefined && { sourceTopic: flags.sourceTopic }),
    ...(flags.group !== undefined && { groupId: flags.group }),
  }
}

export function toRedriveRequest(deadLetterTopic: string, flags: RedriveFlags, nowMs: number): RedriveRequest {
  const { toOrigin, force, again } = flags
  return {
    ...toPlanned(deadLetterTopic, flags, nowMs),
    ...(toOrigin !== undefined && { to: 'origin' }),
    ...(force === true && { force }),
    ...(again === true && { again }),
  }
}

export function toDiscardRequest(deadLetterTopic: string, flags: PlannedFlags, nowMs: number): RedriveRequest {
  return { ...toPlanned(deadLetterTopic, flags, nowMs), to: 'nowhere' }
}

function toPlanned(deadLetterTopic: string, flags: PlannedFlags, nowMs: number): RedriveRequest {
  const { status, unanswered, limit, reason } = flags
  return {
    ...toSource(deadLetterTopic, flags),
    ...toFilter(flags, nowMs),
    ...(status !== undefined && { statuses: status }),
    ...(unanswered !== undefined && { unanswered }),
    ...(limit !== undefined && { limit }),
    ...(reason !== undefined && { reason }),
  }
}

function count(text: string): number {
  if (!/^\d{1,9}$/u.test(text)) throw new InvalidArgumentError('Use a whole number.')
  return Number(text)
}
