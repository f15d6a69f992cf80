import { type AppendOutcome, BrokerError, type LedgerbusError, type NotOk } from '@ledgerbus/core'
import { readClientError } from '../errors/read-client-error.ts'

/** Where a batch was to go. */
export interface AppendPlace {
  readonly topic: string
  readonly partition: number
}

export function failed(error: LedgerbusError): NotOk & { readonly kind: 'failed' } {
  return { kind: 'failed', error }
}

export function unknown(error: LedgerbusError): NotOk & { readonly kind: 'unknown' } {
  return { kind: 'unknown', error }
}

function appendError(
  { topic, partition }: AppendPlace,
  says: string,
  facts: {
    readonly code: string
    readonly outcome?: 'failed' | 'unknown'
    readonly retriable?: boolean
    readonly cause?: unknown
  },
): BrokerError {
  return new BrokerError(`${topic}/${partition}: ${says}`, { topic, partition, ...facts })
}

/** The client's error of one try as the error of the whole append. */
export function fromClient(
  place: AppendPlace,
  error: unknown,
  outcome: 'failed' | 'unknown',
  effort = '',
): BrokerError {
  const { row, words } = readClientError(error)
  const { code, retriable } = row
  return appendError(place, `${row.says}${effort} (${words})`, { code, outcome, retriable, cause: error })
}

export function notStarted(place: AppendPlace): AppendOutcome {
  return failed(appendError(place, 'the producer was not started; call start() first', { code: 'BROKER_NOT_STARTED' }))
}

export function closed(place: AppendPlace): AppendOutcome {
  return failed(appendError(place, 'the producer is closed; make a new one', { code: 'BROKER_CLOSED' }))
}

export function batchInvalid(place: AppendPlace, count: number): AppendOutcome {
  return failed(appendError(place, `a batch has 1 to 500 records, not ${count}`, { code: 'BROKER_BATCH_INVALID' }))
}

export function topicUnknown(place: AppendPlace, cause: unknown): NotOk {
  const says = 'the topic does not exist; create it, or correct its name'
  return failed(appendError(place, says, { code: 'BROKER_TOPIC_UNKNOWN', cause }))
}

export function partitionUnknown(place: AppendPlace, count: number): NotOk {
  const says = `the partition does not exist; the topic has ${count} partitions`
  return failed(appendError(place, says, { code: 'BROKER_PARTITION_UNKNOWN' }))
}

export function partitionInvalid(place: AppendPlace): AppendOutcome {
  const says = 'a partition is a whole number from 0'
  return failed(appendError(place, says, { code: 'BROKER_PARTITION_UNKNOWN' }))
}

export function abortedBeforeSend(place: AppendPlace, cause: unknown): AppendOutcome {
  return failed(appendError(place, 'aborted before the batch was sent', { code: 'BROKER_ABORTED', cause }))
}

export function abortedAfterSend(place: AppendPlace, cause: unknown): AppendOutcome {
  const says = 'aborted before the broker answered; the batch may be stored'
  return unknown(appendError(place, says, { code: 'BROKER_NO_ANSWER', outcome: 'unknown', retriable: true, cause }))
}

export function lateInQueue(place: AppendPlace): AppendOutcome {
  const says = 'the batches before it took longer than its delivery time-out, so it was not sent; look at the brokers'
  return failed(appendError(place, says, { code: 'BROKER_QUEUE_TIMEOUT', retriable: true }))
}

export function noAnswerInTime(place: AppendPlace, cause?: unknown): AppendOutcome {
  const says = 'no answer within its delivery time-out; the batch may be stored; look at the brokers'
  return unknown(appendError(place, says, { code: 'BROKER_NO_ANSWER', outcome: 'unknown', retriable: true, cause }))
}

export function ackMissing(): BrokerError {
  return new BrokerError('the broker answered, but not for this batch', {
    code: 'BROKER_ACK_MISSING',
    outcome: 'unknown',
    retriable: true,
  })
}
