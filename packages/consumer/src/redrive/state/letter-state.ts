import {
  canonicalTimestamp,
  type ConsumerRecord,
  type ProducerRecord,
  type RecordHeader,
  timestampOf,
} from '@ledgerbus/core'

/** What was noted of a dead letter. `redriven`: published to its group again, which has not told yet how it ended. */
export type NotedStatus = 'redriven' | 'resolved' | 'failed-again' | 'discarded' | 'parked'

/**
 * What became of a dead letter. `pending`: nothing yet. `failed-again`: it was redriven and its handler failed again. `parked`: it stands in
 * `<dead-letter topic>.parked`.
 */
export type DeadLetterStatus = 'pending' | NotedStatus

/** One note in the state topic. */
export interface LetterState {
  readonly status: NotedStatus
  readonly redriveId: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly reason?: string
}

/** Where a dead letter stands within its topic. */
export interface LetterPlace {
  readonly partition: number
  readonly offset: bigint
}

const statuses: readonly unknown[] = [
  'redriven',
  'resolved',
  'failed-again',
  'discarded',
  'parked',
] satisfies readonly NotedStatus[]
const encoder = new TextEncoder()
const decoder = new TextDecoder()
const noHeaders: readonly RecordHeader[] = []

/** `<partition>/<offset>`: the key of a note, and how a dead letter is named to people. */
export function placeText({ partition, offset }: LetterPlace): string {
  return `${partition}/${offset}`
}

/** The note as it is published, to the partition of the dead letter's own number. */
export function encodeLetterState(place: LetterPlace, state: LetterState): ProducerRecord {
  const { status, redriveId, atMs, reason } = state
  const value = { status, redrive_id: redriveId, at: timestampOf(atMs), ...(reason !== undefined && { reason }) }
  return {
    key: encoder.encode(placeText(place)),
    value: encoder.encode(JSON.stringify(value)),
    headers: noHeaders,
    timestampMs: BigInt(Math.trunc(atMs)),
  }
}

const place = /^(\d{1,10})\/(\d{1,19})$/

/** `undefined` for a record that is no note: somebody else wrote into the topic, and it counts for nothing. */
export function decodeLetterState(
  record: Pick<ConsumerRecord, 'key' | 'value'>,
): { readonly place: LetterPlace; readonly state: LetterState } | undefined {
  const [, partition, offset] = (record.key && place.exec(decoder.decode(record.key))) ?? []
  const state = readState(record.value)
  if (partition === undefined || offset === undefined || state === undefined) return undefined
  return { place: { partition: Number(partition), offset: BigInt(offset) }, state }
}

function readState(value: Uint8Array | null): LetterState | undefined {
  const { status, redrive_id: redriveId, at, reason } = objectIn(value)
  const atMs = typeof at === 'string' ? Date.parse(canonicalTimestamp(at) ?? '') : Number.NaN
  if (!isNotedStatus(status) || typeof redriveId !== 'string' || Number.isNaN(atMs)) return undefined
  return { status, redriveId, atMs, ...(typeof reason === 'string' && { reason }) }
}

function isNotedStatus(status: unknown): status is NotedStatus {
  return statuses.includes(status)
}

function objectIn(value: Uint8Array | null): Readonly<Record<string, unknown>> {
  if (value === null) return {}
  try {
    const parsed: unknown = JSON.parse(decoder.decode(value))
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    return {}
  }
}
