import type { ConsumerRecord, RecordHeader } from '@ledgerbus/core'
import { aConsumerRecord, builderTimeMs, createSeededRandom } from '@ledgerbus/testkit'
import { hostileRecords } from './hostile-records.ts'

const hostile = hostileRecords({ topic: 'any', timestampMs: builderTimeMs })
  .map(({ record: { value } }) => value)
  .filter((value) => value === null || value.length < 20_000)

const words = ['', 'a', 'é', '😀', '\u0000', '"', '\\', '\u2028', '\ud800', 'order', 'x'.repeat(300)]

/** Names are texts: a half of a surrogate pair cannot be written as one. */
const nameWords = words.filter((word) => word !== '\ud800')

/** The `index`-th of as many records as one likes, valid and hostile ones, always the same. */
export function randomRecord(topic: string, index: number): ConsumerRecord {
  const random = createSeededRandom(index + 1)
  const below = (most: number): number => Math.floor(random.next() * most)
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item
  const bytes = (most: number): Uint8Array => Uint8Array.from({ length: below(most) }, () => below(256))

  function json(depth: number): unknown {
    const kind = below(depth > 4 ? 4 : 6)
    if (kind === 0) return pick([null, true, false, 0, -0, 1.5, -1e300, 2 ** 53, 1e-7])
    if (kind < 4) return Array.from({ length: below(4) }, () => pick(words)).join(' ')
    if (kind === 4) return Array.from({ length: below(4) }, () => json(depth + 1))
    return Object.fromEntries(Array.from({ length: below(5) }, () => [pick(words) + below(9), json(depth + 1)]))
  }

  /** An envelope of which now and then a field is missing, or something else. */
  function envelope(): string {
    const id = `0197a1de-0000-7000-8000-${String(index).padStart(12, '0')}`
    const fields: Record<string, unknown> = {
      event_id: id,
      name: pick(['order.placed', 'user.role.granted', 'flight.landed']),
      version: 1 + below(3),
      correlation_id: id,
      ...(below(2) === 0 && { causation_id: id }),
      timestamp: new Date(Number(builderTimeMs) - below(10 ** 9)).toISOString(),
      source: pick(['checkout', 'café', 'a"b']),
      ...(below(2) === 0 && { organization_id: pick(['acme', 'ümlaut', '组织']) }),
      ...(below(3) > 0 && { entity: { type: 'order', id: `o-${below(1_000)}` } }),
      action: 'placed',
      ...(below(3) > 0 && { actor: { type: 'user', id: pick(['u-1', 'ü\u0001']) } }),
      payload: { before: json(0), after: { total: below(10_000) / 100, more: json(0) } },
      ...(below(3) === 0 && {
        metrics: { processing_time_ms: random.next() * 100, custom_metrics: { rows: below(9) } },
      }),
    }
    if (below(20) === 0) fields[pick(Object.keys(fields))] = json(2)
    return below(10) === 0 ? JSON.stringify(fields, undefined, below(4)) : JSON.stringify(fields)
  }

  function value(): Uint8Array | null {
    const kind = below(20)
    if (kind === 0) return pick(hostile)
    if (kind === 1) return bytes(400)
    const text = Buffer.from(envelope(), 'utf8')
    if (kind > 4) return text
    // One byte another one: what was valid may be so no more.
    if (kind > 2) text[below(text.length)] = below(256)
    else return text.subarray(0, below(text.length))
    return text
  }

  function header(): RecordHeader {
    return { name: pick(nameWords) + below(3), value: below(8) === 0 ? null : bytes(40) }
  }

  return {
    ...aConsumerRecord({ topic, offset: BigInt(index), timestampMs: builderTimeMs + BigInt(below(5_000)) }),
    key: below(5) === 0 ? null : bytes(20),
    value: value(),
    headers: Array.from({ length: below(4) }, header),
  }
}
