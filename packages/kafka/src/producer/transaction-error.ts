import { BrokerError, type NotOk } from '@ledgerbus/core'
import { readClientError } from '../errors/read-client-error.ts'

export function unusable(transactionalId: string, why: string): BrokerError {
  return new BrokerError(`transaction ${transactionalId}: ${why}`, { code: 'BROKER_TRANSACTION_UNUSABLE' })
}

export function transactionalClosed(transactionalId: string): BrokerError {
  const says = `transactional producer ${transactionalId} is closed; make a new one`
  return new BrokerError(says, { code: 'BROKER_CLOSED' })
}

export function transactionalNotStarted(transactionalId: string): BrokerError {
  const says = `transactional producer ${transactionalId} was not started; call start() first`
  return new BrokerError(says, { code: 'BROKER_NOT_STARTED' })
}

/** How the end of a transaction failed, as the client's error tells it. */
export function endFailed(transactionalId: string, error: unknown): NotOk {
  const { row, words } = readClientError(error)
  // That another end of it is under way says nothing about how that one will turn out.
  const outcome = row.code === 'BROKER_TRANSACTION_BUSY' ? 'unknown' : row.outcome
  const { code } = row
  const says = `transaction ${transactionalId}: ${row.says} (${words})`
  return { kind: outcome, error: new BrokerError(says, { code, outcome, cause: error }) }
}

export function enlistAborted(transactionalId: string, cause: unknown): NotOk {
  const says = `transaction ${transactionalId}: aborted before its partitions were told`
  return { kind: 'failed', error: new BrokerError(says, { code: 'BROKER_ABORTED', cause }) }
}

export function enlistUnanswered(transactionalId: string, cause?: unknown): NotOk {
  const says = `transaction ${transactionalId}: no answer in time when its partitions were told; nothing was appended`
  return {
    kind: 'unknown',
    error: new BrokerError(says, { code: 'BROKER_NO_ANSWER', outcome: 'unknown', retriable: true, cause }),
  }
}

export function enlistFailed(transactionalId: string, error: unknown): NotOk {
  const { row, words } = readClientError(error)
  const { code, retriable } = row
  const says = `transaction ${transactionalId}: ${row.says}; nothing was appended (${words})`
  return { kind: 'failed', error: new BrokerError(says, { code, retriable, cause: error }) }
}

export function endUnanswered(transactionalId: string): NotOk {
  const says = `transaction ${transactionalId}: no answer in time; a new producer of this id settles it`
  return { kind: 'unknown', error: new BrokerError(says, { code: 'BROKER_NO_ANSWER', outcome: 'unknown' }) }
}
