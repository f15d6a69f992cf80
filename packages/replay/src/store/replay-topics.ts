import { type BrokerAdmin, partitionOf, type TopicSpec } from '@ledgerbus/core'

/** Plans, one record each, by replay id. */
export const plansTopic = 'ledgerbus-replays'
/** How far each replay is, the entries that failed, and who changed its state: beside each other in the partition of the replay's id, so that a reader finds them in the order in which they were written. */
export const checkpointsTopic = 'ledgerbus-replay-checkpoints'

/** Compacted soon: a run leaves a record a page, of which only the last one counts. */
const compacted = { 'cleanup.policy': 'compact', 'segment.bytes': '16777216', 'min.cleanable.dirty.ratio': '0.1' }

const specs: readonly TopicSpec[] = [
  { name: plansTopic, partitions: 1, settings: compacted },
  // A transaction that a killed runner left open holds back readers of its partition: other replays are most likely in others.
  { name: checkpointsTopic, partitions: 8, settings: compacted },
]

/** Makes the topics of replays where they are not there yet. */
export async function prepareReplayTopics(admin: BrokerAdmin): Promise<void> {
  await admin.createTopics(specs)
}

/** The one transactional id under which anything is said about a replay. */
export function transactionalIdOf(replayId: string): string {
  return `ledgerbus-replay-${replayId}`
}

/** The partition that holds what is said about a replay. */
export function partitionOfReplay(replayId: string, partitions: number): number {
  return partitionOf(new TextEncoder().encode(replayId), partitions)
}
