import { ConfigurationError } from '../errors/configuration-error.ts'

/**
 * The topics that belong to a group, beside each topic it reads. A group has its own, as another group may have handled the same records well.
 *
 * **Limit:** names are joined with dots, which topics and groups may contain too: topic `a` of group `b.c` and topic `a.b` of group `c` share
 * one name. Within one group every name leads back to one topic.
 */

/** Kafka's bound on a topic's name, in characters. */
export const longestTopicName = 249

/** Where a group sets records of a topic aside: `<topic>.<group>.dlq`. */
export function deadLetterTopicOf(topic: string, groupId: string): string {
  return `${topic}.${groupId}.dlq`
}

/** Where dead letters stay that redriving did not mend: `<topic>.<group>.dlq.parked`. */
export function parkedDeadLetterTopicOf(topic: string, groupId: string): string {
  return `${deadLetterTopicOf(topic, groupId)}.parked`
}

/** What became of each dead letter, by its place; compacted: `<topic>.<group>.dlq.state`. */
export function deadLetterStateTopicOf(topic: string, groupId: string): string {
  return `${deadLetterTopicOf(topic, groupId)}.state`
}

/** Where records of a parked key wait for the head of their key, in order: `<topic>.<group>.retry`. */
export function parkingTopicOf(topic: string, groupId: string): string {
  return `${topic}.${groupId}.retry`
}

/**
 * Where records wait `delayMs` for their next attempt: `<topic>.<group>.retry.<delay>`, the delay in the largest unit that writes it whole
 * (`30s`, `5m`, `1500ms`), so that one delay has one name.
 *
 * @throws ConfigurationError when `delayMs` is not a whole number of milliseconds from 0
 */
export function retryTopicOf(topic: string, groupId: string, delayMs: number): string {
  if (!Number.isSafeInteger(delayMs) || delayMs < 0) {
    throw new ConfigurationError('retryTopicOf', [`delayMs: must be a whole number of milliseconds, not ${delayMs}`])
  }
  return `${parkingTopicOf(topic, groupId)}.${delayText(delayMs)}`
}

/** Where a group gets its dead letters back, to be handled at once: `<topic>.<group>.retry.0s`. */
export function redriveLaneOf(topic: string, groupId: string): string {
  return retryTopicOf(topic, groupId, 0)
}

/**
 * The topic whose records come by `name`, when that is a retry topic of the group (delays, parking, redrive); `undefined` for every other topic. Partition p
 * of the one carries records of partition p of the other.
 */
export function laneSourceOf(name: string, groupId: string): string | undefined {
  const lane = `.${groupId}.retry`
  const stem = withoutDelay(name) ?? name
  return stem.length > lane.length && stem.endsWith(lane) ? stem.slice(0, -lane.length) : undefined
}

const units = [
  { word: 'h', ms: 3_600_000 },
  { word: 'm', ms: 60_000 },
  { word: 's', ms: 1_000 },
  { word: 'ms', ms: 1 },
] as const

function delayText(delayMs: number): string {
  // Zero is a multiple of everything; the redrive lane is named in seconds.
  if (delayMs === 0) return '0s'
  const { word, ms } = units.find((unit) => delayMs % unit.ms === 0) ?? units[3]
  return `${delayMs / ms}${word}`
}

/** Only a delay as this file writes it: `x.billing.retry.30000ms` is a topic of somebody else. */
function withoutDelay(name: string): string | undefined {
  const [, stem, delay, count, word] = /^(.+)\.((\d+)(h|ms|m|s))$/.exec(name) ?? []
  const delayMs = Number(count) * (units.find((unit) => unit.word === word)?.ms ?? Number.NaN)
  return Number.isSafeInteger(delayMs) && delayText(delayMs) === delay ? stem : undefined
}
