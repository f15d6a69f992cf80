import { type BrokerConsumer, type ConsumerRecord, defineEvent, silentLogger } from '@ledgerbus/core'
import { createSeededRandom, type InMemoryBroker } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createStage, groupId, type Stage } from '../test/stage.ts'
import type { Consumer } from './consumer.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import { decodeFinishedMap } from './offsets/finished-map.ts'
import { on } from './on.ts'

const Counted = defineEvent('order.created', {
  version: 1,
  description: 'A number',
  requireActor: false,
  requireEntity: false,
  topic: { name: 'orders', partitions: 2 },
  payload: { after: z.object({ total: z.number() }) },
})

const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 40, 300, 1_500) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take-away' as const), silently: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rebalance' as const), announce: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const), drainMs: fc.constantFrom(0, 50, 5_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('second-member' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      at: fc.constantFrom('append', 'commit' as const),
      outcome: fc.constantFrom('ok', 'failed', 'unknown' as const),
      slowMs: fc.constantFrom(0, 0, 60),
      stored: fc.boolean(),
    }),
  },
)

type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never

/** What happened to the records, as the outside world saw it. */
function createLedger() {
  /** What a commit that succeeded says is finished. */
  const committed = new Set<string>()
  const again: string[] = []
  const firstEnds: string[] = []
  const ended = new Set<string>()
  const inversions: string[] = []
  const lastOfKey = new Map<string, bigint>()
  return {
    ended,
    committed,
    again,
    begin({ partition, offset }: Pick<ConsumerRecord, 'partition' | 'offset'>) {
      if (committed.has(`${partition}/${offset}`)) again.push(`${partition}/${offset}`)
    },
    firstEnds,
    inversions,
    end(record: Pick<ConsumerRecord, 'partition' | 'offset' | 'key'>) {
      const at = `${record.partition}/${record.offset}`
      if (ended.has(at)) return
      ended.add(at)
      firstEnds.push(at)
      const key = `${record.partition} ${new TextDecoder().decode(record.key ?? new Uint8Array())}`
      if ((lastOfKey.get(key) ?? -1n) > record.offset) inversions.push(at)
      lastOfKey.set(key, record.offset)
    },
  }
}

type Ledger = ReturnType<typeof createLedger>

/** Which offsets a commit says are finished. */
function finishedBy({ offset, metadata }: { readonly offset: bigint; readonly metadata: string }) {
  const map = decodeFinishedMap(metadata, 1_000_000n)
  const runs = map.kind === 'map' ? map.runs : []
  const ahead = new Set<bigint>()
  let at = offset
  runs.forEach((length, index) => {
    for (let n = 0; n < length; n += 1, at += 1n) if (index % 2 === 1) ahead.add(at)
  })
  return (each: bigint) => each < offset || ahead.has(each)
}

/** The same broker; commits past a record that has not ended, and dead letters, are noted. */
function watched(real: InMemoryBroker, ledger: Ledger, early: string[]): InMemoryBroker {
  return {
    ...real,
    createConsumer(options) {
      const inner = real.createConsumer(options)
      const commit: BrokerConsumer['commit'] = async (positions) => {
        const finished: string[] = []
        for (const { topic, partition, offset, metadata = '' } of positions) {
          const isFinished = finishedBy({ offset, metadata })
          for (const record of topic === 'orders' ? real.controls.records(topic, { partition }) : []) {
            if (!isFinished(record.offset)) continue
            finished.push(`${partition}/${record.offset}`)
            if (!ledger.ended.has(`${partition}/${record.offset}`)) {
              early.push(`${partition}/${record.offset} not done, committed ${offset}`)
            }
          }
        }
        const outcome = await inner.commit(positions)
        if (outcome.kind === 'ok' && outcome.fenced === undefined) for (const at of finished) ledger.committed.add(at)
        return outcome
      }
      return { ...inner, commit }
    },
    createProducer(options) {
      const inner = real.createProducer(options)
      return {
        ...inner,
        async append(topic, partition, records, wait) {
          const outcome = await inner.append(topic, partition, records, wait)
          if (topic.endsWith('.dlq') && outcome.kind === 'ok') {
            for (const { key, headers } of records) {
              const offset = headers.find(({ name }) => name === 'lb-origin-offset')?.value
              ledger.end({ key, partition, offset: BigInt(new TextDecoder().decode(offset ?? new Uint8Array())) })
            }
          }
          return outcome
        },
      }
    },
  }
}

async function play(stage: Stage, actions: readonly Action[], seed: number, ledger: Ledger, early: string[]) {
  const random = createSeededRandom(seed)
  const { clock } = stage
  const broker = watched(stage.broker, ledger, early)
  const options: Partial<ConsumerOptions> = {
    broker,
    concurrency: 3,
    maxBufferedRecords: 7,
    rebalanceTimeoutMs: 1_000,
    logger: silentLogger,
    random,
  }
  const handler = on(
    Counted,
    async (_, { record, signal }) => {
      ledger.begin(record)
      const mood = random.next()
      if (mood < 0.3) await clock.sleep(random.next() * 100)
      if (mood > 0.95)
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      if (mood > 0.6 && mood < 0.85) throw new Error('a bad day')
      if (!signal.aborted) ledger.end(record)
    },
    { retry: { maxAttempts: 3 } },
  )
  // One handler in twenty hangs until it is aborted: the last member gets handlers that all return.
  const calm = on(Counted, (_, { record }) => {
    ledger.begin(record)
    ledger.end(record)
  })
  const members: Consumer[] = []
  const giveBacks: (() => void)[] = []
  let appended = 0

  async function start(subscription: typeof handler): Promise<void> {
    const member = stage.consumer([subscription], options)
    const started = member.start()
    // A rebalance waits for the others' handlers and commits, and those may be slow.
    await clock.advance(1_100)
    await started
    members.push(member)
  }
  async function stop(drainMs: number): Promise<void> {
    const closed = members.shift()?.close({ drainMs })
    await clock.advance(drainMs + 1_000)
    const report = await closed
    if (report === undefined) return
    const { delivered, handled, deadLettered, skipped, open, lost } = report.counts
    expect(skipped).toEqual({})
    expect(open).toBeGreaterThanOrEqual(0)
    expect(handled + deadLettered + open + lost).toBe(delivered)
  }

  await start(handler)
  for (const step of actions) {
    for (const member of members) expect(member.counts().open).toBeGreaterThanOrEqual(0)
    switch (step.do) {
      case 'append':
        for (let n = 0; n < step.count; n += 1) {
          const key = random.next() < 0.1 ? null : `k${Math.floor(random.next() * 4)}`
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
      case 'rebalance': {
        const done = stage.broker.controls.rebalance(groupId, { announce: step.announce })
        await clock.advance(1_100)
        await done
        break
      }
      case 'restart':
        await stop(step.drainMs)
        await start(handler)
        break
      case 'second-member':
        if (members.length < 2) await start(handler)
        break
      case 'fault': {
        const { at, outcome, stored, slowMs } = step
        const topic = at === 'append' ? { topic: `orders.${groupId}.dlq` } : {}
        stage.broker.controls.inject({ at, outcome, stored, until: clock.sleep(slowMs), ...topic })
      }
    }
  }
  for (const giveBack of giveBacks) giveBack()
  await clock.advance(10)
  while (members.length > 0) await stop(100)
  await start(calm)
  await clock.advance(5_000)
  await stop(1_000)
  return appended
}

describe('whatever handlers, broker and group do', () => {
  it('every record ends, no commit names one that has not, none is handled after that, and each key keeps its order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 25 }), fc.nat(), async (actions, seed) => {
        const stage = await createStage([Counted], { logger: silentLogger, maxRecordsPerBatch: 4 })
        const ledger = createLedger()
        const early: string[] = []
        const appended = await play(stage, actions, seed, ledger, early)

        expect(early).toEqual([])
        expect(ledger.again).toEqual([])
        expect(ledger.inversions).toEqual([])
        expect(ledger.ended.size).toBe(appended)
      }),
      { numRuns: 150 },
    )
  }, 60_000)
})
