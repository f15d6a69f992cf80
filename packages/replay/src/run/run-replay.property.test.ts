import { readReplayMarks } from '@ledgerbus/core'
import { type Death, Killed, killableBroker } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anOrder,
  aReplayWorld,
  groupedBy,
  originalOf,
  type ReplayWorld,
  request,
  textOf,
} from '../../test/replay-world.ts'
import { ReplayError } from '../replay-error.ts'
import { checkpointsTopic } from '../store/replay-topics.ts'

/** How each runner ends: it dies at a step, with a commit in doubt or not; and whether another one runs beside it, and somebody pauses it for a while. */
const runners = fc.array(
  fc.record({
    death: fc.record({
      step: fc.integer({ min: 1, max: 60 }),
      moment: fc.constantFrom<Death['moment'][]>('before', 'after'),
    }),
    doubt: fc.record({ kind: fc.constantFrom('none', 'stored', 'lost'), afterCommits: fc.nat(10) }),
    order: fc.constantFrom('alone', 'beside'),
    isPaused: fc.boolean(),
    afterMs: fc.nat(4_000),
  }),
  { maxLength: 6 },
)

const sizes = fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9))

/** What its history is to tell, by the checkpoints that stand one behind the other: nothing is compacted here. */
function changesIn(world: ReplayWorld, replayId: string): unknown[] {
  const stored = world.broker.controls.records(checkpointsTopic).filter(({ key }) => textOf(key) === replayId)
  const checkpoints = stored.map(({ value }) => JSON.parse(textOf(value) ?? '') as Readonly<Record<string, unknown>>)
  return checkpoints
    .filter((next, index) => {
      const before = checkpoints[index - 1]
      return ['state', 'by', 'runner'].some((field) => before?.[field] !== next[field])
    })
    .map(({ step, state, by, published }) => ({ step, state, by, published }))
}

describe('a replay whose runners die anywhere, again and again, also two at once', () => {
  it('gives each planned entry once to readers of committed records, each partition in its order, and its history tells each change of its state once', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, runners, async (counts, deaths) => {
        const world = await aReplayWorld()
        for (const [partition, count] of counts.entries()) {
          if (count === 0) continue
          await world.publish(
            'orders',
            partition,
            // Clocks of producers disagree: time runs backwards.
            Array.from({ length: count }, (_, index) => ({
              ...anOrder(`o-${index % 3}`, { total: index }),
              timestampMs: BigInt(request.fromMs + 1_000_000 - index * 1_000),
            })),
          )
        }
        await world.audit()
        const { replayId } = await world.replay.plan(request)
        const ended = (error: unknown): void => {
          if (!(error instanceof Killed) && !(error instanceof ReplayError)) throw error
        }

        for (const [index, { death, doubt, order, isPaused, afterMs }] of deaths.entries()) {
          const faults =
            doubt.kind === 'none'
              ? []
              : ([
                  { at: 'transaction-commit', outcome: 'ok', times: doubt.afterCommits },
                  { at: 'transaction-commit', outcome: 'unknown', stored: doubt.kind === 'stored' },
                ] as const)
          const takeBack = faults.map((fault) => world.broker.controls.inject(fault))
          const dying = world.another({ broker: killableBroker(world.broker, death) })
          const pace = { confirmed: true, ratePerSecond: 10 } as const
          const running = [dying.run(replayId, { ...pace, by: `runner ${index}` }).then(() => undefined, ended)]
          if (order === 'beside') {
            await world.clock.advance(afterMs)
            const other = { ...death, step: death.step * 2 }
            const beside = world.another({ broker: killableBroker(world.broker, other) })
            running.push(beside.run(replayId, { ...pace, by: `beside ${index}` }).then(() => undefined, ended))
          }
          if (isPaused) {
            await world.clock.advance(afterMs)
            const somebody = world.another()
            await world.ended(somebody.pause(replayId, { by: 'bob' }).then(() => undefined, ended))
            await world.clock.advance(afterMs)
            await world.ended(somebody.resume(replayId, { by: 'eve' }).then(() => undefined, ended))
          }
          await world.clock.advance(120_000)
          await Promise.all(running)
          for (const take of takeBack) take()
        }
        const last = world.another().run(replayId, { confirmed: true })
        const report = await world.ended(last.catch((error: unknown) => error))
        const isOver = report instanceof ReplayError && report.code === 'REPLAY_ENDED'
        if (!isOver) expect(report).toMatchObject({ state: 'completed' })

        const all = world.broker.controls.records('orders')
        const isReplayed = ({ headers }: (typeof all)[number]) => readReplayMarks(headers) !== undefined
        for (const ofPartition of groupedBy(all, ({ partition }) => partition).values()) {
          expect(ofPartition.filter(isReplayed).map(originalOf)).toEqual(
            ofPartition.filter((record) => !isReplayed(record)).map(originalOf),
          )
        }
        const history = await world.replay.history({ replayId })
        expect(history[0]).toMatchObject({ kind: 'planned' })
        expect(history.slice(1).map(({ step, state, by, published }) => ({ step, state, by, published }))).toEqual(
          changesIn(world, replayId),
        )
      }),
      { numRuns: 150 },
    )
  }, 120_000)
})
