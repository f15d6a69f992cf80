import { headerNames } from '../envelope/header-names.ts'
import { headerText, textHeader } from '../envelope/headers.ts'
import type { RecordHeader } from '../ports/record.ts'

const replayModes = ['rehandle', 'fill-gaps', 'rebuild', 'copy'] as const

/** `rehandle`: again, once a run. `fill-gaps`: unfinished work only. `rebuild`: read models. `copy`: to another topic. */
export type ReplayMode = (typeof replayModes)[number]

/** What a record says that was published by a replay. */
export interface ReplayMarks {
  /** The run. */
  readonly replayId: string
  /** Place in the plan, from 0, rising. */
  readonly sequence: number
  readonly mode: ReplayMode
  /** Where the original stands. */
  readonly of: { readonly topic: string; readonly partition: number; readonly offset: bigint }
  /** Kafka's timestamp of the original, in milliseconds since 1970. */
  readonly originalTimestampMs: bigint
  /** The groups it is meant for; absent: all. */
  readonly groups?: readonly string[]
  readonly reason?: string
}

const replayPrefix = 'lb-replay-'

/** Marks as headers: `lb-replay-id`, `-seq`, `-mode`, `-of` (topic/partition/offset), `-original-time`, `-groups` (a JSON list), `-reason`. */
export function replayHeaders(marks: ReplayMarks): RecordHeader[] {
  const { topic, partition, offset } = marks.of
  return [
    textHeader(headerNames.replayId, marks.replayId),
    textHeader(headerNames.replaySequence, String(marks.sequence)),
    textHeader(headerNames.replayMode, marks.mode),
    textHeader(headerNames.replayOf, `${topic}/${partition}/${offset}`),
    textHeader(headerNames.replayOriginalTime, String(marks.originalTimestampMs)),
    ...(marks.groups === undefined ? [] : [textHeader(headerNames.replayGroups, JSON.stringify(marks.groups))]),
    ...(marks.reason === undefined ? [] : [textHeader(headerNames.replayReason, marks.reason)]),
  ]
}

/**
 * The marks of a record; `undefined` when it bears none, or none that we wrote: a mark with a part missing or malformed could make groups
 * skip what they should handle, so it does not count.
 */
export function readReplayMarks(headers: readonly RecordHeader[]): ReplayMarks | undefined {
  const replayId = headerText(headers, headerNames.replayId)
  if (replayId === undefined || replayId === '') return undefined
  const sequence = readSequence(headerText(headers, headerNames.replaySequence))
  const mode = replayModes.find((known) => known === headerText(headers, headerNames.replayMode))
  const of = readOf(headerText(headers, headerNames.replayOf))
  const originalTimestampMs = readInteger(headerText(headers, headerNames.replayOriginalTime))
  const groupsText = headerText(headers, headerNames.replayGroups)
  const groups = groupsText === undefined ? undefined : readGroups(groupsText)
  const reason = headerText(headers, headerNames.replayReason)
  if (sequence === undefined || mode === undefined || of === undefined || originalTimestampMs === undefined)
    return undefined
  if (groupsText !== undefined && groups === undefined) return undefined
  return {
    replayId,
    sequence,
    mode,
    of,
    originalTimestampMs,
    ...(groups !== undefined && { groups }),
    ...(reason !== undefined && { reason }),
  }
}

/** Whether a replayed record is meant for groups other than this one, which then skips it. */
export function isReplayForOtherGroups(marks: ReplayMarks | undefined, groupId: string): boolean {
  return marks?.groups !== undefined && !marks.groups.includes(groupId)
}

/** The headers without marks of a replay, in their order: what the original carried. */
export function withoutReplayHeaders(headers: readonly RecordHeader[]): RecordHeader[] {
  return headers.filter((header) => !header.name.startsWith(replayPrefix))
}

// Nineteen digits hold every offset and time of Kafka.
const integer = /^-?\d{1,19}$/

function readInteger(text: string | undefined): bigint | undefined {
  return text !== undefined && integer.test(text) ? BigInt(text) : undefined
}

function readSequence(text: string | undefined): number | undefined {
  const sequence = Number(readInteger(text) ?? -1n)
  return Number.isSafeInteger(sequence) && sequence >= 0 ? sequence : undefined
}

function readOf(text: string | undefined): ReplayMarks['of'] | undefined {
  const [topic, partitionText, offsetText, ...rest] = (text ?? '').split('/')
  const partition = readSequence(partitionText)
  const offset = readInteger(offsetText)
  if (topic === undefined || topic === '' || rest.length > 0) return undefined
  if (partition === undefined || offset === undefined || offset < 0n) return undefined
  return { topic, partition, offset }
}

function readGroups(text: string): readonly string[] | undefined {
  try {
    const groups: unknown = JSON.parse(text)
    return Array.isArray(groups) && groups.every((group) => typeof group === 'string') ? groups : undefined
  } catch {
    return undefined
  }
}
