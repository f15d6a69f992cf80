import type { ProducerRecord } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import type { ReplayEntryError } from '../status/replay-status.ts'
import { errorKey } from './replay-keys.ts'

interface WireEntryError extends Omit<ReplayEntryError, 'offset'> {
  readonly schemaVersion: 1
  readonly offset: string
}

/** Enough to see what was wrong; a message may hold a whole zod tree. */
const mostCharacters = 1_000

/** The record that tells of an entry that failed. `number`: its place among the failed ones of the replay, from 0. */
export function encodeEntryError(
  replayId: string,
  number: number,
  error: ReplayEntryError,
  atMs: number,
): ProducerRecord {
  const { offset, message, ...rest } = error
  const wire: WireEntryError = {
    schemaVersion: 1,
    ...rest,
    offset: offset.toString(),
    message: message.length > mostCharacters ? `${message.slice(0, mostCharacters)}…` : message,
  }
  return {
    key: errorKey(replayId, number),
    value: Buffer.from(JSON.stringify(wire)),
    headers: [],
    timestampMs: BigInt(Math.trunc(atMs)),
  }
}

/** @throws ReplayError `REPLAY_STATE_UNREADABLE` */
export function decodeEntryError(value: Uint8Array): ReplayEntryError {
  try {
    const { schemaVersion, offset, ...rest } = JSON.parse(Buffer.from(value).toString('utf8')) as WireEntryError
    if ((schemaVersion as number) === 1) return { ...rest, offset: BigInt(offset) }
  } catch (error) {
    throw unreadable(error)
  }
  throw unreadable()
}

function unreadable(cause?: unknown): ReplayError {
  return new ReplayError(
    'an entry in the list of errors cannot be read: it was written by a later version, or by something else',
    { code: 'REPLAY_STATE_UNREADABLE', ...(cause !== undefined && { cause }) },
  )
}
