/**
 * Topics beside a dead-letter topic. For `<topic>.<group>.dlq` they are what `deadLetterStateTopicOf` and `parkedDeadLetterTopicOf` of core name; a
 * dead-letter topic of another make has them beside it in the same way.
 */

const state = '.state'
const parked = '.parked'

/** Where it is noted what became of each dead letter of a topic. */
export function stateTopicOf(deadLetterTopic: string): string {
  return `${deadLetterTopic}${state}`
}

/** Where dead letters go that were redriven too often. */
export function parkedTopicOf(deadLetterTopic: string): string {
  return `${deadLetterTopic}${parked}`
}

/** Whether a topic holds what was redriven too often. */
export function isParkedTopic(deadLetterTopic: string): boolean {
  return deadLetterTopic.endsWith(parked)
}

/** Ours, and the names that Spring Kafka, Wolverine and people by themselves give to such topics. */
const deadLetterName = /(?:[.\-_](?:dlq|dlt|dead-?letters?)(?:\.parked)?|dead-letter-queue)$/i

export function looksLikeDeadLetterTopic(topic: string): boolean {
  return deadLetterName.test(topic)
}
