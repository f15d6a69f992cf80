import type { AppendOutcome, NotOk, ProducerRecord } from '@ledgerbus/core'
import { boundedWait } from '../bounded-wait.ts'
import {
  abortedBeforeSend,
  batchRefused,
  noAnswer,
  partitionUnknown,
  recordTooLarge,
  topicUnknown,
} from './broker-errors.ts'
import type { BrokerState } from './broker-state.ts'
import { brokerFaultError } from './broker-fault.ts'
import { isStored } from '../faults/fault-plan.ts'
import { sizeOf } from '../records/copy-record.ts'
import type { PartitionLog } from './partition-log.ts'
import { maxBatchBytesOf } from './topic-store.ts'

/** A batch on its way to one partition. */
export interface AppendRequest {
  readonly topic: string
  readonly partition: number
  readonly records: readonly ProducerRecord[]
  readonly signal: AbortSignal | undefined
  readonly deliveryTimeoutMs: number
  readonly transactionalId?: string
  /** Writes the batch; `undefined`, or a refusal with its reason. */
  store(log: PartitionLog): AppendOutcome
}

const mostRecords = 500

/** An outcome of which it is certain that nothing was stored. */
export function failed(error: NotOk['error']): NotOk {
  return { kind: 'failed', error }
}

function unknown(error: NotOk['error']): NotOk {
  return { kind: 'unknown', error }
}

/** What the leader looks at before it writes. */
function target({ topic, partition, records }: AppendRequest, state: BrokerState): PartitionLog | NotOk {
  const stored = state.topics.find(topic)
  if (stored === undefined) return failed(topicUnknown(topic))
  const log = stored.logs[partition]
  if (log === undefined) return failed(partitionUnknown(topic, partition, stored.logs.length))
  const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0)
  const most = maxBatchBytesOf(stored)
  return bytes > most ? failed(recordTooLarge(topic, partition, bytes, most)) : log
}

function store(request: AppendRequest, state: BrokerState): AppendOutcome {
  const log = target(request, state)
  return 'kind' in log ? log : request.store(log)
}

/** What happens once the batch left: it goes on also when nobody waits for the answer any more. */
async function atTheBroker(request: AppendRequest, state: BrokerState): Promise<AppendOutcome> {
  await state.network.untilUp()
  const { topic, partition, transactionalId } = request
  const fault = state.faults.take({
    at: 'append',
    topic,
    partition,
    ...(transactionalId !== undefined && { transactionalId }),
  })
  await fault?.until
  if (fault === undefined || fault.outcome === 'ok') return store(request, state)
  if (fault.outcome === 'failed') return failed(brokerFaultError(fault))
  if (isStored(fault)) store(request, state)
  return unknown(brokerFaultError(fault))
}

/** Why a batch is refused before it leaves; `undefined` when nothing speaks against it. */
export function refusal({ topic, partition, records, signal }: AppendRequest): NotOk | undefined {
  if (signal?.aborted === true) return failed(abortedBeforeSend(topic, partition, signal.reason))
  const count = records.length
  return count < 1 || count > mostRecords ? failed(batchRefused(topic, partition, count)) : undefined
}

/**
 * Appends one batch. A caller who gives up waiting, by its signal or its time-out, gets `unknown`; the batch may still be
 * stored afterwards, as on a real broker.
 */
export async function appendBatch(request: AppendRequest, state: BrokerState): Promise<AppendOutcome> {
  const { topic, partition, signal, deliveryTimeoutMs } = request
  const refused = refusal(request)
  if (refused !== undefined) return refused
  const answer = atTheBroker(request, state)
  const end = await boundedWait(answer, { clock: state.clock, timeoutMs: deliveryTimeoutMs, signal })
  switch (end) {
    case 'settled':
      return answer
    case 'timed-out':
      return unknown(noAnswer(topic, partition, `${deliveryTimeoutMs} ms passed`))
    case 'aborted':
      return unknown(noAnswer(topic, partition, 'the caller stopped waiting', signal?.reason))
  }
}
