import { BrokerError, isLedgerbusError, type LedgerbusError } from '@ledgerbus/core'
import { readClientError } from './read-client-error.ts'

/** Where something failed. */
export interface ErrorPlace {
  /** `orders/3`, `group billing`, `Kafka at localhost:9092`: the first word of the message. */
  readonly where: string
  readonly topic?: string
  readonly partition?: number
  readonly groupId?: string
}

/** Any error of the client as ours: what failed, where, what to do; the client's own error is the cause. */
export function toBrokerError(error: unknown, place: ErrorPlace): LedgerbusError {
  if (isLedgerbusError(error)) return error
  const { row, words } = readClientError(error)
  const { where, ...facts } = place
  return new BrokerError(`${where}: ${row.says} (${words})`, {
    code: row.code,
    outcome: row.outcome,
    retriable: row.retriable,
    cause: error,
    ...facts,
  })
}

/** The same for a question or a connection: what only asks leaves nothing behind, so its outcome is never unknown. */
export function toQuestionError(error: unknown, place: ErrorPlace): LedgerbusError {
  if (isLedgerbusError(error)) return error
  const { row, words } = readClientError(error)
  const { where, ...facts } = place
  const code = row.code === 'BROKER_NO_ANSWER' ? 'BROKER_UNREACHABLE' : row.code
  return new BrokerError(`${where}: ${row.says} (${words})`, { code, retriable: row.retriable, cause: error, ...facts })
}
