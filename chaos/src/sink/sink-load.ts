import type { Broker, BrokerProducer, Clock, ProducerRecord, TransactionalProducer } from '@ledgerbus/core'
import { createSeededRandom, createSequentialIds } from '@ledgerbus/testkit'
import type { Ledger } from '../ledger/create-ledger.ts'
import type { OperationOutcome } from '../ledger/ledger-event.ts'
import { recordDigest } from '../witness/record-digest.ts'
import { hostilityOf, makeRecord } from './hostile-records.ts'

export interface SinkLoadOptions {
  readonly broker: Broker
  readonly topic: string
  readonly partitions: number
  readonly ledger: Ledger
  readonly seed: number
  readonly events: number
  readonly keys: number
  /** Over which time the events are spread. What is late is made up for. */
  readonly durationMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface SinkLoad {
  /** How many events were made, besides those of transactions and the last of each partition. */
  readonly made: number
  /** Lets the last tenth go, which is held back until then: faults that take longer than planned have something to break. */
  finish(options: { readonly withinMs: number }): void
  /** Resolves when every append has its outcome, and each partition ends with a record of its own. */
  readonly done: Promise<void>
}

const tickMs = 20
/** Most records without an outcome: while brokers are away the load waits, and memory does not grow. */
const mostOpen = 6_000
/** Of one append. */
const mostRecords = 200
const mostBytes = 500_000
/** Between two transactions, of which most are aborted: they leave holes, as do the marks of their ends. */
const transactionEveryMs = 700
const transactionTimeoutMs = 10_000
const retryMs = 300

/** Publishes records over partitions, ordinary and hostile ones, and writes down how each append ended. */
export async function startSinkLoad(options: SinkLoadOptions): Promise<SinkLoad> {
  const { broker, topic, partitions, ledger, seed, events, keys, durationMs, clock, signal } = options
  const random = createSeededRandom(seed)
  const ids = createSequentialIds()
  const producer = broker.createProducer({ deliveryTimeoutMs: 20_000 })
  const waiting = Array.from({ length: partitions }, (): ProducerRecord[] => [])
  let appends = 0
  let numbers = 0
  let made = 0
  let open = 0
  /** When it is given up, with fewer events. */
  let deadlineMs: number | undefined
  let isMaking = true

  function newRecord(): ProducerRecord {
    numbers += 1
    const key = `k${Math.floor(random.next() * keys)}`
    return makeRecord({
      number: numbers,
      key,
      random,
      ids,
      hostility: hostilityOf(random.next()),
      nowMs: clock.nowMs(),
    })
  }

  /** Before anything is sent: an append whose process ends has no outcome. */
  function announce(partition: number, records: readonly ProducerRecord[]): number {
    appends += 1
    ledger.add({
      kind: 'append',
      id: appends,
      partition,
      digests: records.map((record) => recordDigest(record)),
      digestsInOrder: records.map((record) => recordDigest(record, { headers: 'in-order' })),
    })
    return appends
  }

  async function append(
    partition: number,
    records: readonly ProducerRecord[],
    send: () => ReturnType<BrokerProducer['append']>,
  ): Promise<OperationOutcome> {
    const id = announce(partition, records)
    const outcome = await send()
    ledger.add({
      kind: 'appended',
      id,
      outcome: outcome.kind,
      ...(outcome.kind === 'ok' ? { base: Number(outcome.baseOffset) } : { code: outcome.error.code }),
    })
    return outcome.kind
  }

  const isOver = (): boolean => signal.aborted || (deadlineMs !== undefined && clock.monotonicMs() > deadlineMs)

  /** One append after the other, as large as what waits. */
  async function runPartition(partition: number): Promise<void> {
    const queue = waiting[partition] ?? []
    while ((isMaking || queue.length > 0) && !isOver()) {
      const records = takeBatch(queue)
      if (records.length === 0) {
        await clock.sleep(tickMs)
        continue
      }
      await append(partition, records, () => producer.append(topic, partition, records))
      open -= records.length
    }
    // The last record is one that everybody sees: a reader that waits for the end is not left with marks and aborted records.
    for (;;) {
      const last = [newRecord()]
      const outcome = await append(partition, last, () => producer.append(topic, partition, last))
      if (outcome === 'ok' || isOver()) return
      await clock.sleep(retryMs)
    }
  }

  async function make(): Promise<void> {
    const startMs = clock.monotonicMs()
    while (made < events && !isOver()) {
      const most = deadlineMs === undefined ? Math.floor(events * 0.9) : events
      const due = Math.min(most, Math.ceil(((clock.monotonicMs() - startMs) / durationMs) * events))
      while (made < due && open < mostOpen) {
        waiting[Math.floor(random.next() * partitions)]?.push(newRecord())
        made += 1
        open += 1
      }
      await clock.sleep(tickMs)
    }
    isMaking = false
  }

  async function runTransactions(): Promise<void> {
    let transactional: TransactionalProducer | undefined
    while (isMaking && !signal.aborted) {
      try {
        if (transactional === undefined) {
          transactional = broker.createTransactionalProducer({ transactionalId: 'chaos-load', transactionTimeoutMs })
          await transactional.start({ signal })
        }
        const isGood = await runTransaction(transactional)
        if (isGood) {
          await clock.sleep(transactionEveryMs)
          continue
        }
      } catch {
        // A broker that is away: what was open is settled by the next one's start, or ends at its time-out.
      }
      await transactional?.close()
      transactional = undefined
      await clock.sleep(retryMs)
    }
    await transactional?.close()
  }

  /** Whether the producer can go on. */
  async function runTransaction(transactional: TransactionalProducer): Promise<boolean> {
    const isToCommit = random.next() < 0.25
    const places = [random.next(), random.next()].map((draw) => Math.floor(draw * partitions))
    const transaction = await transactional.begin()
    const written: { readonly id: number; readonly base: number }[] = []
    let isGood = true
    for (const partition of places) {
      if (!isGood) break
      const records = Array.from({ length: 1 + Math.floor(random.next() * 10) }, newRecord)
      const id = announce(partition, records)
      const outcome = await transaction.append(topic, partition, records)
      isGood = outcome.kind === 'ok'
      written.push({ id, base: outcome.kind === 'ok' ? Number(outcome.baseOffset) : -1 })
    }
    // An abort that is not answered ends as an abort all the same: nobody else can commit the transaction.
    const ended = isToCommit && isGood ? await transaction.commit() : await transaction.abort()
    const outcome = isToCommit && isGood ? ended.kind : 'failed'
    for (const { id, base } of written) ledger.add({ kind: 'appended', id, outcome, ...(outcome === 'ok' && { base }) })
    return isGood && ended.kind === 'ok'
  }

  await producer.start({ signal })
  const parts = waiting.map((_, partition) => runPartition(partition))
  return {
    get made() {
      return made
    },
    finish({ withinMs }) {
      deadlineMs ??= clock.monotonicMs() + withinMs
    },
    done: Promise.all([make(), runTransactions(), ...parts]).then(() => producer.close()),
  }
}

function takeBatch(queue: ProducerRecord[]): ProducerRecord[] {
  let bytes = 0
  const tooMany = queue.findIndex(({ value }, index) => {
    bytes += (value?.length ?? 0) + 200
    return index > 0 && (index >= mostRecords || bytes > mostBytes)
  })
  return queue.splice(0, tooMany < 0 ? queue.length : tooMany)
}
