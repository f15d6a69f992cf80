import type { AuditEntry, Erasure } from '@ledgerbus/core'
import { toIso } from '../times/iso.ts'
import { printable } from './printable.ts'

type View = Readonly<Record<string, unknown>>

/** An entry as JSON: the event with its payload where it could be decoded, the bytes in base64 where not. */
export function entryView({ record, reading, replayId, ingestedAtMs }: AuditEntry): View {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    cluster: record.cluster,
    kafkaTime: toIso(Number(record.timestampMs)),
    ingestedAt: toIso(ingestedAtMs),
    ...bytesView('key', record.key),
    headers: record.headers.map(({ name, value }) => ({ name, ...bytesView('value', value) })),
    ...(replayId !== undefined && { replayId }),
    status: reading.status,
    ...(reading.status === 'ok' && { format: reading.format, event: reading.envelope }),
    ...(reading.status === 'erased' && { erasure: erasureView(reading.erasure) }),
    ...(reading.status === 'undecodable' && { problem: reading.problem, ...bytesView('value', record.value) }),
  }
}

/** What is left of an erased entry, its time in RFC 3339. */
function erasureView({ erasedAtMs, ...rest }: Erasure): View {
  return { ...rest, erasedAt: toIso(erasedAtMs) }
}

/** Bytes as text where they are text, else as base64 under another name. */
export function bytesView(name: string, bytes: Uint8Array | null): View {
  if (bytes === null) return { [name]: null }
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  return Buffer.from(text).equals(bytes)
    ? { [name]: text }
    : { [`${name}Base64`]: Buffer.from(bytes).toString('base64') }
}

/** An entry in one line for people. No payload: it may be anything, and of any length. */
export function entryLine({ record, reading, replayId }: AuditEntry): string {
  const at = `${record.topic}/${record.partition}/${record.offset}`
  const replay = replayId === undefined ? [] : [`replay=${replayId}`]
  if (reading.status !== 'ok') {
    return line([toIso(Number(record.timestampMs)), reading.status, at, ...replay, ...saidOf(reading)])
  }
  const { envelope } = reading
  const entity = envelope.entity === undefined ? [] : [`${envelope.entity.type}/${envelope.entity.id}`]
  const actor = envelope.actor === undefined ? [] : [`by=${envelope.actor.type}/${envelope.actor.id}`]
  const { timestamp, name, eventId, correlationId } = envelope
  return line([timestamp, name, ...entity, ...actor, at, eventId, `correlation=${correlationId}`, ...replay])
}

function saidOf(reading: AuditEntry['reading']): string[] {
  if (reading.status === 'undecodable') return [reading.problem]
  if (reading.status !== 'erased') return []
  const { event, by, reason } = reading.erasure
  return [...(event === undefined ? [] : [event.name, event.eventId]), `by=${by}`, reason]
}

function line(parts: readonly string[]): string {
  return parts.map(printable).join('  ')
}
