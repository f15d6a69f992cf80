import { defineEvent, headerText, silentLogger } from '@ledgerbus/core'
import { createSeededRandom, type InMemoryBroker } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createStage, groupId, type Stage } from '../../test/stage.ts'
import type { Consumer } from '../consumer.ts'
import { on } from '../on.ts'

const Counted = defineEvent('order.created', {
  version: 1,
  description: 'A number',
  requireActor: false,
  requireEntity: false,
  topic: { name: 'orders', partitions: 2 },
  payload: { after: z.object({ total: z.number() }) },
})

const parkingTopic = `orders.${groupId}.retry`
const delayTopics = [`orders.${groupId}.retry.500ms`, `orders.${groupId}.retry.3s`]
const letters = `orders.${groupId}.dlq`

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 10 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 40, 300, 1_500, 9_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take-away' as const), silently: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take-retries-away' as const), partition: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rebalance' as const), announce: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const), drainMs: fc.constantFrom(0, 50, 5_000) }) },
  // Its last commits fail: what it did since the one before comes again.
  { weight: 3, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('second-member' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      topic: fc.constantFrom(parkingTopic, letters, ...delayTopics),
      outcome: fc.constantFrom('ok', 'failed', 'unknown' as const),
      slowMs: fc.constantFrom(0, 0, 60, 2_000),
      stored: fc.boolean(),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
)

type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never

/** The first end of each record, as the outside world saw it. */
function createLedger() {
  const ended = new Set<string>()
  const inversions: string[] = []
  const lastOfKey = new Map<string, bigint>()
  return {
    ended,
    inversions,
    end(partition: number, offset: bigint, key: Uint8Array | null) {
      const at = `${partition}/${offset}`
      if (ended.has(at)) return
      ended.add(at)
      const lane = `${partition} ${key === null ? '' : new TextDecoder().decode(key)}`
      if ((lastOfKey.get(lane) ?? -1n) > offset) inversions.push(at)
      lastOfKey.set(lane, offset)
    },
  }
}

type Ledger = ReturnType<typeof createLedger>

/** The same broker; dead letters that stand are noted. */
function watched(real: InMemoryBroker, ledger: Ledger): InMemoryBroker {
  return {
    ...real,
    createProducer(options) {
      const inner = real.createProducer(options)
      return {
        ...inner,
        async append(topic, partition, records, wait) {
          const outcome = await inner.append(topic, partition, records, wait)
          if (topic !== letters || outcome.kind !== 'ok') return outcome
          for (const { key, headers } of records) {
            ledger.end(partition, BigInt(headerText(headers, 'lb-origin-offset') ?? -1), key)
          }
          return outcome
        },
      }
    },
  }
}

const delays = { delaysMs: [500, 3_000], inlineAttempts: 2 } as const
const policies = {
  'park-key, release': { ...delays, ordering: 'park-key', onHeadDead: 'release' },
  'park-key, hold': { ...delays, ordering: 'park-key', onHeadDead: 'hold' },
  unordered: { ...delays, ordering: 'unordered' },
} as const

async function play(
  stage: Stage,
  actions: readonly Action[],
  seed: number,
  ledger: Ledger,
  policy: keyof typeof policies,
) {
  const random = createSeededRandom(seed)
  const { clock } = stage
  const broker = watched(stage.broker, ledger)
  const retry = policies[policy]
  function subscription(mood: () => number) {
    return on(
      Counted,
      async (_, { record, signal }) => {
        const today = mood()
        if (today < 0.3) await clock.sleep(today * 300)
        if (today > 0.6) throw new Error('a bad day')
        if (signal.aborted) return
        const offset = headerText(record.headers, 'lb-origin-offset')
        ledger.end(record.partition, offset === undefined ? record.offset : BigInt(offset), record.key)
      },
      { retry },
    )
  }
  const members: Consumer[] = []
  const giveBacks: (() => void)[] = []
  let appended = 0

  async function start(mood: () => number): Promise<void> {
    const member = stage.consumer([subscription(mood)], {
      ...{ broker, concurrency: 3, maxBufferedRecords: 7, logger: silentLogger, random, commitIntervalMs: 400 },
    })
    const started = member.start()
    await clock.advance(3_000)
    await started
    members.push(member)
  }
  async function stop(drainMs: number): Promise<void> {
    const closed = members.shift()?.close({ drainMs })
    await clock.advance(drainMs + 3_000)
    const report = await closed
    if (report === undefined) return
    const { delivered, handled, deadLettered, parked, delayed, skipped, open, lost } = report.counts
    const skips = Object.values(skipped).reduce((sum, count) => sum + count, 0)
    expect(handled + deadLettered + parked + delayed + skips + open + lost).toBe(delivered)
  }

  await start(() => random.next())
  for (const step of actions) {
    switch (step.do) {
      case 'append':
        for (let n = 0; n < step.count; n += 1) {
          const key = random.next() < 0.1 ? null : `k${Math.floor(random.next() * 3)}`
          await stage.append({ key, partition: Math.floor(random.next() * 2), total: n })
          appended += 1
        }
        break
      case 'wait':
        await clock.advance(step.ms)
        break
      case 'take-away':
        giveBacks.push(stage.broker.controls.takeAway(groupId, { silently: step.silently }))
        break
      case 'take-retries-away': {
        const topic = policies[policy].ordering === 'park-key' ? parkingTopic : (delayTopics[0] ?? '')
        const giveBack = stage.broker.controls.takeAway(groupId, { partitions: [{ topic, partition: step.partition }] })
        await clock.advance(20)
        giveBack()
        break
      }
      case 'rebalance': {
        const done = stage.broker.controls.rebalance(groupId, { announce: step.announce })
        await clock.advance(3_000)
        await done
        break
      }
      case 'restart':
        await stop(step.drainMs)
        await start(() => random.next())
        break
      case 'kill': {
        const takeBack = stage.broker.controls.inject({ at: 'commit', outcome: 'failed', times: 1_000 })
        await stop(0)
        takeBack()
        await start(() => random.next())
        break
      }
      case 'second-member':
        if (members.length < 2) await start(() => random.next())
        break
      case 'fault': {
        const { topic, outcome, stored, slowMs, times } = step
        stage.broker.controls.inject({ at: 'append', topic, outcome, stored, times, until: clock.sleep(slowMs) })
      }
    }
  }
  for (const giveBack of giveBacks) giveBack()
  await clock.advance(5_000)
  while (members.length > 0) await stop(100)
  await start(() => 0.5)
  await clock.advance(120_000)
  await stop(1_000)
  return appended
}

describe('retry topics, whatever handlers, broker and group do', () => {
  it.each(['park-key, release', 'park-key, hold', 'unordered'] as const)(
    '%s: every record ends, and each key that is parked keeps its order',
    async (policy) => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 20 }), fc.nat(), async (actions, seed) => {
          const stage = await createStage([Counted], { logger: silentLogger, maxRecordsPerBatch: 4 })
          const ledger = createLedger()
          const appended = await play(stage, actions, seed, ledger, policy)

          if (policy !== 'unordered') expect(ledger.inversions).toEqual([])
          expect(ledger.ended.size).toBe(appended)
          for (const { topic, partition } of await uncommitted(stage)) expect(`${topic}/${partition}`).toBe('committed')
        }),
        { numRuns: 1500 },
      )
    },
    600_000,
  )
})

/** Partitions of the topic and of its retry topics in which the group is not at the end. */
async function uncommitted(stage: Stage): Promise<readonly { topic: string; partition: number }[]> {
  const open: { topic: string; partition: number }[] = []
  const admin = stage.broker.createAdmin()
  await admin.start()
  const existing = await admin.listTopics()
  const topics = ['orders', parkingTopic, ...delayTopics].filter((topic) => existing.includes(topic))
  for (const topic of topics) {
    for (const partition of [0, 1]) {
      const last = stage.broker.controls.records(topic, { partition }).at(-1)?.offset
      if (last !== undefined && (await stage.committed(topic, partition)) !== last + 1n) open.push({ topic, partition })
    }
  }
  return open
}
