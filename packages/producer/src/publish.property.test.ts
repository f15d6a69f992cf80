import { defineEvent } from '@ledgerbus/core'
import { createFakeClock, createInMemoryBroker, createSeededRandom, createSequentialIds } from '@ledgerbus/testkit'
import { silentLogger } from '@ledgerbus/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createProducer } from './create-producer.ts'
import type { PublishReceipt } from './producer.ts'
import { PublishError } from './publish-error.ts'

const Counted = defineEvent('counter.counted', {
  version: 1,
  description: 'A number of a row',
  requireActor: false,
  requireEntity: true,
  topic: { name: 'counters', partitions: 2 },
  payload: { after: z.object({ count: z.number() }) },
})

const step = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  pauseMs: fc.constantFrom(0, 0, 1, 7),
  fault: fc.constantFrom('none', 'none', 'none', 'failed', 'unknown', 'unknown-stored', 'slow' as const),
  giveUpAfterMs: fc.constantFrom(undefined, undefined, 3, 20),
})

describe('whatever the broker does', () => {
  it('every publish ends once; what was acknowledged stands where the receipt says, in order per key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), fc.nat(), async (steps, seed) => {
        const clock = createFakeClock()
        const broker = createInMemoryBroker({ clock, logger: silentLogger })
        const admin = broker.createAdmin()
        await admin.start()
        await admin.createTopics([Counted.topic])
        const producer = createProducer({
          broker,
          source: 'test',
          events: [Counted],
          clock,
          ids: createSequentialIds(),
          random: createSeededRandom(seed),
          logger: silentLogger,
          maxBatchRecords: 3,
          maxBufferedRecords: 8,
        })
        await producer.start()
        const ends: Promise<{ key: string; count: number; end: PublishReceipt | PublishError }>[] = []
        for (const [count, { key, pauseMs, fault, giveUpAfterMs }] of steps.entries()) {
          if (fault === 'slow') broker.controls.inject({ at: 'append', outcome: 'ok', until: clock.sleep(15) })
          else if (fault !== 'none') {
            const stored = fault === 'unknown-stored'
            broker.controls.inject({ at: 'append', outcome: fault === 'failed' ? 'failed' : 'unknown', stored })
          }
          const input = { entityId: key, payload: { after: { count } } }
          const publish = producer.publish(
            Counted,
            input,
            giveUpAfterMs === undefined ? {} : { timeoutMs: giveUpAfterMs },
          )
          ends.push(
            publish.then(
              (end) => ({ key, count, end }),
              (end: PublishError) => ({ key, count, end }),
            ),
          )
          await clock.advance(pauseMs)
        }
        const closed = producer.close()
        await clock.advance(2_000)
        const report = await closed
        const settled = await Promise.all(ends)

        expect(report.published + report.failed + report.unknown + report.unsent).toBe(steps.length)
        const log = broker.controls.records('counters').map((record) => ({
          at: `${record.partition}/${record.offset}`,
          key: new TextDecoder().decode(record.key ?? new Uint8Array()),
          count: JSON.parse(new TextDecoder().decode(record.value ?? new Uint8Array())).payload.after.count as number,
        }))
        for (const { key, count, end } of settled) {
          if (end instanceof PublishError) {
            const stands = log.some((entry) => entry.count === count)
            if (end.outcome === 'failed') expect(stands).toBe(false)
          } else {
            expect(log).toContainEqual({ at: `${end.partition}/${end.offset}`, key, count })
          }
        }
        for (const key of ['a', 'b', 'c']) {
          const counts = log.filter((entry) => entry.key === key).map((entry) => entry.count)
          expect(counts).toEqual([...counts].sort((one, other) => one - other))
        }
        expect(clock.waiting).toBe(0)
      }),
      { numRuns: 150 },
    )
  })
})
