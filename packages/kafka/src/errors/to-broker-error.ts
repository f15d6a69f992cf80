import { BrokerError, type LedgerbusError } from '@ledgerbus/core'
import { findOwnError, readClientError } from './read-client-error.ts'

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
  const own = findOwnError(error)
  if (own !== undefined) return own
  const { row, words } = readClientError(error)
  const { code, outcome, retriable } = row
  const { where, ...facts } = place
  return new BrokerError(`${where}: ${row.says} (${words})`, { code, outcome, retriable, cause: error, ...facts })
}

/** A listener that expects something else closes the connection and says nothing. */
const listenerHint = '; look at the brokers, and whether this listener expects TLS or SASL'

/** The same for a question or a connection: what only asks leaves nothing behind, so its outcome is never unknown. */
export function toQuestionError(error: unknown, place: ErrorPlace): LedgerbusError {
  const own = findOwnError(error)
  if (own !== undefined) return own
  const { row, words } = readClientError(error)
  const isUnanswered = row.code === 'BROKER_NO_ANSWER'
  const code = isUnanswered ? 'BROKER_UNREACHABLE' : row.code
  const says = isUnanswered ? `${row.says}${listenerHint}` : row.says
  const { where, ...facts } = place
  return new BrokerError(`${where}: ${says} (${words})`, { code, retriable: row.retriable, cause: error, ...facts })
}
