import type { AppendOutcome } from '@ledgerbus/core'
import { readClientError } from '../errors/read-client-error.ts'
import { confirmedOffset } from './acknowledgement.ts'
import { ackMissing, failed, fromClient, partitionUnknown, topicUnknown } from './append-error.ts'
import type { Batch, TryAnswer } from './batch.ts'

/** What a try means for its batch. */
export type Verdict =
  | { readonly kind: 'over'; readonly outcome: AppendOutcome }
  /** Nothing was stored by this try; another may pass. */
  | { readonly kind: 'again'; readonly error: unknown }
  /** Nothing was stored by this try, and this session will not get it stored. */
  | { readonly kind: 'elsewhere'; readonly error: unknown }
  /** It may have been stored: only its repetition on the same session tells. */
  | { readonly kind: 'open'; readonly error: unknown }

/** How many partitions a topic has; `undefined`: it does not exist. Rejects when nobody can tell. */
export type CountPartitions = (topic: string) => Promise<number | undefined>

/** Refusals that kafkajs calls retriable, and which only the answer to a produce request carries. */
const answersOfTheLeader: readonly string[] = ['NOT_ENOUGH_REPLICAS', 'CORRUPT_MESSAGE']

export async function judgeTry(answer: TryAnswer, batch: Batch, countPartitions: CountPartitions): Promise<Verdict> {
  switch (answer.kind) {
    case 'answered':
      return judgeAcks(answer.acks, batch)
    case 'not-sent':
      return askTopic(batch, countPartitions, new Error('kafkajs knows no leader of the partition'))
    case 'error':
      return answer.mayBeSent ? judgeSent(answer.error, batch) : judgeUnsent(answer.error, batch, countPartitions)
  }
}

function judgeAcks(acks: (TryAnswer & { kind: 'answered' })['acks'], batch: Batch): Verdict {
  const baseOffset = confirmedOffset(acks, batch)
  if (baseOffset === undefined) return { kind: 'open', error: ackMissing() }
  return { kind: 'over', outcome: { kind: 'ok', baseOffset } }
}

/**
 * Only the leader's own refusal says that nothing was stored. Other errors may hide what really happened: when the connection breaks, kafkajs
 * reconnects and asks for metadata at once, and throws what goes wrong with that.
 */
function judgeSent(error: unknown, batch: Batch): Verdict {
  const { row } = readClientError(error)
  if (row.outcome === 'unknown' || !isAnswerOfTheLeader(error)) return { kind: 'open', error }
  if (row.code === 'BROKER_PRODUCER_STATE') return { kind: 'elsewhere', error }
  if (row.retriable) return { kind: 'again', error }
  return { kind: 'over', outcome: failed(fromClient(batch, error, 'failed')) }
}

/** What is not retriable kafkajs passes on as it came; what it threw itself, or gave up to repeat, it wraps. */
function isAnswerOfTheLeader(error: unknown): boolean {
  const { name, type, cause } = error as { readonly name?: string; readonly type?: string; readonly cause?: unknown }
  if (name === 'KafkaJSProtocolError') return type !== 'UNKNOWN_TOPIC_OR_PARTITION'
  const { type: wrapped } = (cause ?? {}) as { readonly type?: string }
  return name === 'KafkaJSNumberOfRetriesExceeded' && answersOfTheLeader.includes(wrapped ?? '')
}

async function judgeUnsent(error: unknown, batch: Batch, countPartitions: CountPartitions): Promise<Verdict> {
  const { row } = readClientError(error)
  if (row.code === 'BROKER_TOPIC_UNKNOWN') return askTopic(batch, countPartitions, error)
  if (row.retriable) return { kind: 'again', error }
  return { kind: 'over', outcome: failed(fromClient(batch, error, 'failed')) }
}

/**
 * Whether the topic or the partition is really not there. A session asks for the metadata of all its topics at once, so one that was deleted
 * fails the others too; and it may not have heard yet of a partition that is new. A new session knows better in both cases.
 */
async function askTopic(batch: Batch, countPartitions: CountPartitions, error: unknown): Promise<Verdict> {
  const count = await countPartitions(batch.topic).catch(() => Number.POSITIVE_INFINITY)
  if (count === undefined) return { kind: 'over', outcome: topicUnknown(batch, error) }
  if (batch.partition >= count) return { kind: 'over', outcome: partitionUnknown(batch, count) }
  return { kind: 'elsewhere', error }
}
