import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSinkWorld, events, groupId, type SinkWorld } from '../test/support/sink-world.ts'
import type { AuditSink } from './index.ts'

/** What happens to a sink, and what it lives in. */
type Step =
  | { readonly kind: 'publish'; readonly count: number; readonly partition: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | {
      readonly kind: 'insert fault'
      readonly outcome: 'failed' | 'unknown'
      readonly stored: boolean
      readonly times: number
    }
  | {
      readonly kind: 'commit fault'
      readonly outcome: 'failed' | 'unknown'
      readonly stored: boolean
      readonly times: number
    }
  | { readonly kind: 'log'; readonly isUp: boolean }
  | { readonly kind: 'broker'; readonly isUp: boolean }
  | { readonly kind: 'rebalance'; readonly announce: boolean }
  | { readonly kind: 'take away'; readonly silently: boolean }
  | { readonly kind: 'another sink' }
  | { readonly kind: 'close one'; readonly drainMs: number }

const partitions = [0, 1]
const outcome = fc.constantFrom('failed' as const, 'unknown' as const)
const fault = { outcome, stored: fc.boolean(), times: fc.integer({ min: 1, max: 4 }) }
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('publish' as const),
    count: fc.integer({ min: 1, max: 12 }),
    partition: fc.constantFrom(...partitions),
  }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(0, 10, 500, 2_000, 7_000) }),
  fc.record({ kind: fc.constant('insert fault' as const), ...fault }),
  fc.record({ kind: fc.constant('commit fault' as const), ...fault }),
  fc.record({ kind: fc.constant('log' as const), isUp: fc.boolean() }),
  fc.record({ kind: fc.constant('broker' as const), isUp: fc.boolean() }),
  fc.record({ kind: fc.constant('rebalance' as const), announce: fc.boolean() }),
  fc.record({ kind: fc.constant('take away' as const), silently: fc.boolean() }),
  fc.record({ kind: fc.constant('another sink' as const) }),
  fc.record({ kind: fc.constant('close one' as const), drainMs: fc.constantFrom(0, 100, 10_000) }),
)

async function take(world: SinkWorld, sinks: AuditSink[], published: number[], chosen: Step): Promise<void> {
  const { broker, log } = world
  switch (chosen.kind) {
    case 'publish':
      broker.controls.comeBack()
      await world.publish(events(chosen.count), chosen.partition)
      published[chosen.partition] = (published[chosen.partition] ?? 0) + chosen.count
      return
    case 'pass':
      return world.pass(chosen.ms)
    case 'insert fault':
      log.controls.inject({ at: 'insert', ...chosen })
      return
    case 'commit fault':
      broker.controls.inject({ at: 'commit', ...chosen })
      return
    case 'log':
      if (chosen.isUp) log.controls.comeBack()
      else log.controls.goDown()
      return
    case 'broker':
      if (chosen.isUp) broker.controls.comeBack()
      else broker.controls.goDown()
      return
    case 'rebalance':
      void broker.controls.rebalance(groupId, chosen)
      return world.pass(0)
    case 'take away':
      broker.controls.takeAway(groupId, chosen)()
      return world.pass(0)
    case 'another sink': {
      if (sinks.length >= 3) return
      const sink = world.newSink({ maxRows: 5 })
      sinks.push(sink)
      void sink.start().catch(() => undefined)
      return world.pass(0)
    }
    case 'close one': {
      const closing = sinks.shift()?.close(chosen)
      await world.pass(chosen.drainMs + 2_000)
      await closing
    }
  }
}

/** Nothing is committed that does not stand. */
async function expectSafeCommits(world: SinkWorld): Promise<void> {
  for (const partition of partitions) {
    const committed = Number((await committedOrNone(world, partition)) ?? 0n)
    const stored = new Set(world.stored(partition))
    for (let offset = 0; offset < committed; offset += 1) expect(stored).toContain(offset)
  }
}

/** The broker may be down. */
async function committedOrNone(world: SinkWorld, partition: number): Promise<bigint | undefined> {
  return world.committed(partition).catch(() => undefined)
}

describe('the audit sink, whatever happens', () => {
  it('commits nothing that does not stand, loses nothing, and catches up once all is well', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const world = await createSinkWorld(partitions.length)
        const published: number[] = []
        const sinks = [await world.startSink({ maxRows: 5 })]
        for (const chosen of steps) {
          await take(world, sinks, published, chosen)
          await expectSafeCommits(world)
        }
        world.log.controls.comeBack()
        world.broker.controls.comeBack()
        if (sinks.length === 0) sinks.push(await world.startSink({ maxRows: 5 }))
        await world.pass(120_000)
        await expectSafeCommits(world)
        for (const partition of partitions) {
          const count = published[partition] ?? 0
          expect(world.stored(partition)).toEqual(Array.from({ length: count }, (_, offset) => offset))
          if (count > 0) expect(await world.committed(partition)).toBe(BigInt(count))
        }
        const closings = sinks.map((sink) => sink.close({ drainMs: 0 }))
        await world.pass(5_000)
        await Promise.all(closings)
        expect(world.clock.waiting).toBe(0)
      }),
      { numRuns: 300 },
    )
  }, 120_000)
})
