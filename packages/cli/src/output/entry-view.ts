import { type AuditEntry, auditEntryJson, bytesJson } from '@ledgerbus/core'
import { toIso } from '../times/iso.ts'
import { printable } from './printable.ts'

/** An entry as JSON: the event with its payload where it could be decoded, the bytes in base64 where not. */
export const entryView = (entry: AuditEntry): Readonly<Record<string, unknown>> => auditEntryJson(entry)

/** Bytes as text where they are text, else as base64 under another name. */
export const bytesView: typeof bytesJson = bytesJson

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
