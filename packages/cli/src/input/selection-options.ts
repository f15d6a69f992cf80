import { Option, type OptionValues } from '@commander-js/extra-typings'
import type { AuditReading, AuditSelection, PartitionRange } from '@ledgerbus/core'
import { parseTime } from '../times/parse-time.ts'
import type { Typed } from './common-options.ts'
import { collectRange } from './offsets.ts'
import { collect, collectPattern, type ReplaysWanted, replaysWanted, type Subject, subject } from './values.ts'

const timeFields = ['event', 'kafka'] as const
const allStatuses = ['ok', 'tombstone', 'undecodable', 'erased'] as const

/** Flags that choose entries of the audit log. */
export type SelectionFlags = {
  readonly from?: string
  readonly to?: string
  readonly timeField: (typeof timeFields)[number]
  readonly event?: string[]
  readonly entity?: Subject
  readonly actor?: Subject
  readonly correlation?: string
  readonly organization?: string
  readonly topic?: string[]
  readonly partition?: PartitionRange[]
  readonly eventId?: string[]
  readonly excludeId?: string[]
  readonly status?: AuditReading['status'][]
  readonly replays: ReplaysWanted
}

/** The same words wherever entries are chosen. @param statuses those that can be chosen @default all */
export function withSelection<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
  { statuses = allStatuses }: { readonly statuses?: readonly AuditReading['status'][] } = {},
): Typed<Args, Flags & SelectionFlags> {
  command.optionsGroup('Which entries:')
  command.option('--from <time>', 'from this time on: 2026-01-31 (midnight UTC), 2026-01-31T12:00:00Z, -2h, now')
  command.option('--to <time>', 'up to this time, exclusive')
  command.addOption(
    new Option('--time-field <field>', 'the time meant: when the event happened, or when Kafka took it')
      .choices(timeFields)
      .default('event' as const),
  )
  command.option('--event <pattern>', "name, or pattern such as 'order.*'; repeatable", collectPattern)
  command.option('--entity <type/id>', 'of this entity, or of all of a type', subject)
  command.option('--actor <type/id>', 'caused by this actor, or by all of a type', subject)
  command.option('--correlation <id>', 'of this story')
  command.option('--organization <id>', 'of this organization')
  command.option('--topic <name>', 'from this topic; repeatable', collect)
  command.option(
    '--partition <topic/partition[:from-to]>',
    'from this partition, or these offsets of it: orders/1, orders/1:100-200 (200 is not among them), orders/1:100-; repeatable',
    collectRange,
  )
  command.option('--event-id <id>', 'this very event; repeatable', collect)
  command.option('--exclude-id <id>', 'not this event; repeatable', collect)
  command.addOption(new Option('--status <status...>', 'how the value could be read').choices(statuses))
  command.addOption(
    new Option(
      '--replays <which>',
      'what earlier replays published again: exclude, include, only, or the id of one replay',
    )
      .argParser(replaysWanted)
      .default('exclude' as const),
  )
  // See common-options.ts on the cast.
  return command as never
}

/** `--filter`, for questions to the log. */
export function withFilter<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & { filter?: string }> {
  command.optionsGroup('Which entries:')
  return command.option('--filter <condition>', "events that match, in CEL: 'payload.after.total >= 1000'") as never
}

/** The flags as a selection, with every time resolved to the millisecond. @throws CommandError `CLI_TIME_INVALID` */
export function toSelection(flags: SelectionFlags & { readonly filter?: string }, nowMs: number): AuditSelection {
  const { from, to, event, entity, actor, correlation, organization, topic, partition, eventId, excludeId, status } =
    flags
  return {
    ...(from !== undefined && { fromMs: parseTime(from, { flag: '--from', nowMs }) }),
    ...(to !== undefined && { toMs: parseTime(to, { flag: '--to', nowMs }) }),
    timeField: flags.timeField,
    ...(event !== undefined && { names: event }),
    ...(entity !== undefined && { entityType: entity.type, ...(entity.id !== undefined && { entityId: entity.id }) }),
    ...(actor !== undefined && { actorType: actor.type, ...(actor.id !== undefined && { actorId: actor.id }) }),
    ...(correlation !== undefined && { correlationId: correlation }),
    ...(organization !== undefined && { organizationId: organization }),
    ...(topic !== undefined && { topics: topic }),
    ...(partition !== undefined && { ranges: partition }),
    ...(eventId !== undefined && { eventIds: eventId }),
    ...(excludeId !== undefined && { excludedEventIds: excludeId }),
    ...(status !== undefined && { statuses: status }),
    replays: flags.replays,
    ...(flags.filter !== undefined && { filter: flags.filter }),
  }
}
