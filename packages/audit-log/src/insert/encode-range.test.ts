import type { AuditRecord } from '@ledgerbus/core'
import { builderTimeMs, createFakeClock } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anAuditRecord, anUndecodable, rangeOf } from '../../test/support/a-range.ts'
import { encodeRange } from './encode-range.ts'

const clock = createFakeClock()
const day = 86_400_000n
const reasonsOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

describe('a range as rows', () => {
  it('places every record once, among the events or in quarantine, in its order', async () => {
    const times = fc.oneof(fc.constant(builderTimeMs), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))
    await fc.assert(
      fc.asyncProperty(fc.array(times, { minLength: 1, maxLength: 30 }), async (timestamps) => {
        const items = timestamps.map((timestampMs, index) => anUndecodable({ offset: BigInt(index), timestampMs }))
        const { events, quarantine } = await encodeRange(rangeOf(items), { clock })
        const places = [events, quarantine].map(({ records }) => records.map(({ offset }) => offset))
        for (const offsets of places) expect(offsets).toEqual([...offsets].sort((a, b) => Number(a - b)))
        expect(places.flat().sort((a, b) => Number(a - b))).toEqual(items.map(({ record }) => record.offset))
      }),
    )
  })

  it('keeps records of the last ten years and of tomorrow among the events', async () => {
    const items = [builderTimeMs - 3_652n * day, builderTimeMs, builderTimeMs + day].map((timestampMs, index) =>
      anAuditRecord({ offset: BigInt(index), timestampMs }),
    )
    expect((await encodeRange(rangeOf(items), { clock })).quarantine.records).toEqual([])
  })

  it.each([-1n, -62_135_596_800_000n, 2n ** 63n - 1n, builderTimeMs - 3_654n * day, builderTimeMs + day + 1n])(
    'puts a record of Kafka’s time %i into quarantine, and says why',
    async (timestampMs) => {
      const { events, quarantine } = await encodeRange(rangeOf([anAuditRecord({ timestampMs })]), { clock })
      expect(events).toMatchObject({ records: [], bytes: { length: 0 } })
      expect(quarantine.records).toHaveLength(1)
      expect(reasonsOf(quarantine.bytes)).toContain('kafka-timestamp')
    },
  )

  it('puts a row of more than 8 MiB into quarantine, and its neighbours not', async () => {
    const items: AuditRecord[] = [
      anAuditRecord({ offset: 0n }),
      anUndecodable({ offset: 1n, value: new Uint8Array(8 * 1024 * 1024) }),
      anAuditRecord({ offset: 2n }),
    ]
    const { events, quarantine } = await encodeRange(rangeOf(items), { clock })
    expect(events.records.map(({ offset }) => offset)).toEqual([0n, 2n])
    expect(quarantine.records.map(({ offset }) => offset)).toEqual([1n])
    expect(reasonsOf(quarantine.bytes.subarray(-5))).toContain('size')
  })

  it('puts everything into quarantine that was refused', async () => {
    const { events, quarantine } = await encodeRange(rangeOf([anAuditRecord()]), { clock, refused: true })
    expect(events.records).toEqual([])
    expect(reasonsOf(quarantine.bytes)).toContain('refused')
  })

  it('lets others have their turn while it works', async () => {
    const items = Array.from({ length: 1_000 }, (_, index) => anUndecodable({ offset: BigInt(index) }))
    let turns = 0
    let monotonicMs = 0
    const slow = {
      ...clock,
      monotonicMs: () => (monotonicMs += 15),
      sleep: () => Promise.resolve().then(() => void (turns += 1)),
    }
    const { events } = await encodeRange(rangeOf(items), { clock: slow })
    expect(turns).toBeGreaterThanOrEqual(3)
    expect(events.records).toHaveLength(1_000)
  })
})
