/** Kafka's bound on a topic's name, in characters. */
export const longestTopicName = 249

/** Where a group sets records of a topic aside: a topic of its own, as another group may have handled them well. */
export function deadLetterTopicOf(topic: string, groupId: string): string {
  return `${topic}.${groupId}.dlq`
}
