import { deadLetterTopicOf, headerText, replayHeaders, type ReplayMarks } from '@ledgerbus/core'
import { createSequentialIds } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated } from '../test/stage.ts'
import { on } from './on.ts'
import { createRedrive } from './redrive/create-redrive.ts'

const letters = deadLetterTopicOf('orders', groupId)

const policies = {
  'in place': { maxAttempts: 3 },
  'through retry topics': { ordering: 'unordered', delaysMs: [1_000, 5_000], inlineAttempts: 2 },
  'where its key is parked': { ordering: 'park-key', delaysMs: [1_000, 5_000], inlineAttempts: 1 },
} as const

const anyMarks: fc.Arbitrary<ReplayMarks> = fc.record(
  {
    replayId: fc.uuid(),
    sequence: fc.maxSafeNat(),
    mode: fc.constantFrom('rehandle', 'fill-gaps', 'rebuild', 'copy'),
    of: fc.record({
      topic: fc.constantFrom('orders', 'a.b'),
      partition: fc.nat(),
      offset: fc.bigInt(0n, 2n ** 63n - 1n),
    }),
    originalTimestampMs: fc.bigInt(-1n, 2n ** 53n),
    groups: fc.constantFrom([groupId], ['other', groupId]),
    reason: fc.string({ unit: 'grapheme' }),
  },
  { requiredKeys: ['replayId', 'sequence', 'mode', 'of', 'originalTimestampMs'] },
)

describe('the marks of a replayed record', () => {
  it.each(Object.keys(policies) as (keyof typeof policies)[])(
    'are told to every attempt, tried again %s, set aside, redriven and failing again',
    async (way) => {
      const property = fc.asyncProperty(
        anyMarks,
        // More would be parked by the redrive, as hopeless.
        fc.integer({ min: 0, max: 5 }),
        fc.boolean(),
        async (marks, failures, isForOrigin) => {
          const stage = await createStage()
          const seen: (ReplayMarks | undefined)[] = []
          const others: unknown[] = []
          let left = failures
          const handler = on(
            OrderCreated,
            async (event, { replay }) => {
              if (event.payload.after.total === 2) return void others.push(replay)
              seen.push(replay)
              left -= 1
              if (left >= 0) throw new Error('away')
            },
            { name: 'charge', retry: policies[way] },
          )
          const consumer = stage.consumer([handler])
          await consumer.start()
          await stage.append({ total: 1, headers: replayHeaders(marks) }, { total: 2 })
          await stage.clock.advance(60_000)
          const redrive = createRedrive({ ...stage, ids: createSequentialIds(), originTopics: ['orders'] })
          for (let round = 0; round < 5 && left >= 0; round += 1) {
            const plan = await redrive.plan({
              deadLetterTopic: letters,
              statuses: ['pending', 'failed-again'],
              to: isForOrigin ? 'origin' : 'group',
            })
            const run = redrive.run(plan)
            await stage.clock.advance(120_000)
            await run
          }

          expect(seen).toEqual(Array.from({ length: failures + 1 }, () => marks))
          expect(others).toEqual([undefined])
          for (const { headers } of stage.broker.controls.records(letters)) {
            expect(headerText(headers, 'lb-replay-id')).toBe(marks.replayId)
          }
        },
      )
      await fc.assert(property, { numRuns: 25 })
    },
  )
})
