/**
 * The names of `group-topics.ts`, whatever their topic and group. A topic of two words, `orders.retry`, is somebody's own; of more words it is taken for the topic
 * of a group's parked keys, which nothing else tells apart.
 */
const hopTopic = /\.(?:dlq(?:\.(?:parked|state))?|retry\.[^.]+)$|^.+\..+\.retry$/

/**
 * Whether a topic holds retries or dead letters of a group, or notes about them. What passes through it are copies of records that stand elsewhere: read
 * as facts they would have happened twice.
 */
export function isHopTopic(topic: string): boolean {
  return hopTopic.test(topic)
}

/** Whether a topic is Kafka's own or ours, such as the checkpoints of replays. */
export function isInternalTopic(topic: string): boolean {
  return /^(?:__|ledgerbus-)/.test(topic)
}
