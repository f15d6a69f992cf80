import type { BrokerAdmin, TopicDescription, TopicSpec } from '@ledgerbus/core'
import { parkedTopicOf, stateTopicOf } from './letter-topics.ts'
import { RedriveError } from './redrive-error.ts'

/** The topic of notes beside a dead-letter topic: a note a letter, in the partition of its number, the last one kept. */
function stateTopicSpec({ name, partitions, replicationFactor }: TopicSpec & TopicShape): TopicSpec {
  return { name: stateTopicOf(name), partitions, replicationFactor, settings: { 'cleanup.policy': 'compact' } }
}

/** The topic of parked letters beside a dead-letter topic: it takes whatever that one takes, and keeps it until somebody deletes it. */
function parkedTopicSpec({ name, partitions, replicationFactor, settings }: TopicSpec & TopicShape): TopicSpec {
  const maxBytes = settings?.['max.message.bytes']
  return {
    name: parkedTopicOf(name),
    partitions,
    replicationFactor,
    settings: {
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
      ...(maxBytes !== undefined && { 'max.message.bytes': maxBytes }),
    },
  }
}

type TopicShape = Pick<TopicDescription, 'replicationFactor'>

/**
 * Makes what a run writes beside the dead letters, where it is not there yet.
 *
 * @throws RedriveError `REDRIVE_TOPIC_UNFIT` for one with fewer partitions than the dead letters have
 */
export async function prepareLetterTopics(
  admin: BrokerAdmin,
  deadLetters: TopicDescription,
  { parks }: { readonly parks: boolean },
): Promise<void> {
  const wanted = [stateTopicSpec(deadLetters), ...(parks ? [parkedTopicSpec(deadLetters)] : [])]
  await admin.createTopics(wanted)
  const present = await admin.describeTopics(wanted.map(({ name }) => name))
  const small = present.filter(({ partitions }) => partitions < deadLetters.partitions)
  if (small.length === 0) return
  throw new RedriveError(
    `${small.map(({ name }) => name).join(', ')}: fewer partitions than ${deadLetters.name}; add partitions`,
    { code: 'REDRIVE_TOPIC_UNFIT' },
  )
}
