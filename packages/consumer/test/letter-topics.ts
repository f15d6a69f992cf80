import { deadLetterTopicOf, redriveLaneOf, type TopicSpec } from '@ledgerbus/core'

/** The topics a group has before its first redrive: its source, its dead letters, and where it gets them back. */
export function letterTopicSpecs(topic: string, groupId: string, partitions: number): TopicSpec[] {
  return [topic, deadLetterTopicOf(topic, groupId), redriveLaneOf(topic, groupId)].map((name) => ({ name, partitions }))
}
