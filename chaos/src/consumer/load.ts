import { type Broker, type Clock, isLedgerbusError } from '@ledgerbus/core'
import { createProducer } from '@ledgerbus/producer'
import { createSeededRandom } from '@ledgerbus/testkit'
import type { Ledger } from '../ledger/create-ledger.ts'
import { CounterCounted } from './chaos-event.ts'
import { hashAppends } from './observe-broker.ts'

export interface LoadOptions {
  readonly broker: Broker
  readonly ledger: Ledger
  readonly seed: number
  readonly events: number
  readonly keys: number
  /** Over which time the events are spread. What is late is made up for. */
  readonly durationMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** How far a load is. */
export interface LoadCounts {
  published: number
  ok: number
  failed: number
  unknown: number
}

export interface Load {
  readonly counts: Readonly<LoadCounts>
  /** Lets the last tenth go, which is held back until then: faults that take longer than planned have something to break. */
  finish(options: { readonly withinMs: number }): void
  /** Resolves when every publish has its outcome. */
  readonly done: Promise<void>
}

const tickMs = 20
/** Most publishes without an outcome: while brokers are away the load waits, and memory does not grow. */
const mostOpen = 3_000

/** Publishes events over keys, in the order of each key, and writes down how each publish ended. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const { ledger, seed, events, keys, durationMs, clock, signal } = options
  const hashes = new Map<string, string>()
  const broker = hashAppends(options.broker, (event, hash) => {
    if (open.has(event)) hashes.set(event, hash)
  })
  const producer = createProducer({
    broker,
    source: 'chaos',
    events: [CounterCounted],
    topics: 'create',
    deliveryTimeoutMs: 20_000,
    maxBufferedRecords: mostOpen,
  })
  const random = createSeededRandom(seed)
  const sequences = new Map<string, number>()
  const open = new Set<string>()
  /** When it is given up, with fewer events. */
  let deadlineMs: number | undefined
  const counts: LoadCounts = { published: 0, ok: 0, failed: 0, unknown: 0 }

  async function publish(): Promise<void> {
    const key = `k${Math.floor(random.next() * keys)}`
    const sequence = (sequences.get(key) ?? 0) + 1
    const event = uuidOf(random)
    sequences.set(key, sequence)
    open.add(event)
    counts.published += 1
    ledger.add({ kind: 'publish', event, key, sequence })
    const after = { key, sequence, filling: 'x'.repeat(40 + (sequence % 50)) }
    try {
      const receipt = await producer.publish(CounterCounted, { eventId: event, entityId: key, payload: { after } })
      const at = { topic: receipt.topic, partition: receipt.partition, offset: Number(receipt.offset) }
      counts.ok += 1
      ledger.add({ kind: 'published', event, outcome: 'ok', at, ...hashFact(event) })
    } catch (error) {
      const outcome = isLedgerbusError(error) ? error.outcome : 'unknown'
      counts[outcome] += 1
      const code = isLedgerbusError(error) ? error.code : String(error)
      ledger.add({ kind: 'published', event, outcome, code, ...hashFact(event) })
    } finally {
      open.delete(event)
      hashes.delete(event)
    }
  }

  function hashFact(event: string): { readonly hash?: string } {
    const hash = hashes.get(event)
    return hash === undefined ? {} : { hash }
  }

  async function run(): Promise<void> {
    const startMs = clock.monotonicMs()
    const passedMs = (): number => clock.monotonicMs() - startMs
    while (
      counts.published < events &&
      !signal.aborted &&
      !(deadlineMs !== undefined && clock.monotonicMs() > deadlineMs)
    ) {
      const most = deadlineMs === undefined ? Math.floor(events * 0.9) : events
      const due = Math.min(most, Math.ceil((passedMs() / durationMs) * events))
      while (counts.published < due && open.size < mostOpen) void publish()
      await clock.sleep(tickMs)
    }
    // Each publish ends by itself within the delivery time-out, or when the producer closes.
    while (open.size > 0 && !signal.aborted) await clock.sleep(tickMs)
    await producer.close({ timeoutMs: signal.aborted ? 0 : 10_000 })
  }

  await producer.start({ signal })
  return {
    counts,
    finish({ withinMs }) {
      deadlineMs ??= clock.monotonicMs() + withinMs
    },
    done: run(),
  }
}

/** The shape of a UUID version 4, from the seed. */
function uuidOf(random: { next(): number }): string {
  const hex = Array.from({ length: 4 }, () =>
    Math.floor(random.next() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
