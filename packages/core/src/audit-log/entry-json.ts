import type { AuditEntry } from '../ports/audit-log.ts'
import { timestampOf } from '../envelope/timestamp.ts'

/** Facts for `JSON.stringify`; offsets, which do not fit a double, are texts. */
export type AuditEntryJson = Readonly<Record<string, unknown>>

/**
 * An entry as JSON: coordinates, times, key and headers, and the event where it could be decoded; the bytes of the value where not, or where asked for.
 * Bytes stand as text where they are UTF-8, else in base64 under another name: `keyBase64`, `valueBase64`.
 *
 * @param options `withValue`: also the value of an event, byte for byte. Numbers in `event` are doubles, names that repeat are one; the value has them all.
 */
export function auditEntryJson(entry: AuditEntry, options: { readonly withValue?: boolean } = {}): AuditEntryJson {
  const { record, reading, replayId, ingestedAtMs } = entry
  const withValue = reading.status === 'undecodable' || (options.withValue === true && reading.status === 'ok')
  return {
    topic: record.topic,
    partition: record.partition,
    offset: String(record.offset),
    cluster: record.cluster,
    kafkaTime: timeText(record.timestampMs),
    ingestedAt: timestampOf(ingestedAtMs),
    ...bytesJson('key', record.key),
    headers: record.headers.map(({ name, value }) => ({ name, ...bytesJson('value', value) })),
    ...(replayId !== undefined && { replayId }),
    status: reading.status,
    ...(reading.status === 'ok' && { format: reading.format, event: reading.envelope }),
    ...(reading.status === 'undecodable' && { problem: reading.problem }),
    ...(withValue && bytesJson('value', record.value)),
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes as text where they are text, else as base64 under another name. */
export function bytesJson(name: string, bytes: Uint8Array | null): AuditEntryJson {
  if (bytes === null) return { [name]: null }
  try {
    return { [name]: decoder.decode(bytes) }
  } catch {
    // No UTF-8.
    return { [`${name}Base64`]: base64Of(bytes) }
  }
}

function base64Of(bytes: Uint8Array): string {
  let text = ''
  // In pieces: all bytes as arguments of one call would be too many.
  for (let start = 0; start < bytes.length; start += 8_192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8_192))
  }
  return btoa(text)
}

const farthestMs = 8_640_000_000_000_000n

/** A record may bear any time of 64 bits; beyond the years that have a name, milliseconds since 1970. */
function timeText(ms: bigint): string {
  return ms >= -farthestMs && ms <= farthestMs ? timestampOf(Number(ms)) : String(ms)
}
