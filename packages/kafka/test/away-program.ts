import { createInterface } from 'node:readline'
import type { AppendOutcome, Logger } from '@ledgerbus/core'
import { createKafkaBroker } from '../src/index.ts'

/** What the program tells. */
export type AwayTold =
  | { readonly what: 'ready' }
  | {
      readonly what: 'sample'
      /** In use after a garbage collection. */
      readonly heapBytes: number
      /** Sockets and timers that are open. */
      readonly resources: number
      /** Lines it logged so far, but for details. */
      readonly logged: number
      /** What failed while the brokers were away, by outcome or error code. */
      readonly refused: Readonly<Record<string, number>>
    }
  | {
      readonly what: 'recovered'
      readonly appends: Readonly<Record<string, number>>
      /** Numbers as they were delivered, by partition. */
      readonly delivered: readonly (readonly number[])[]
      readonly committed: readonly string[]
    }

/** A producer, a consumer and an admin that live through the time in which no broker answers. Run it with `--expose-gc`. */
const [, , address = '', topic = '', groupId = ''] = process.argv
const partitions = 3
const held = 600
const padding = 'x'.repeat(1_000)

let logged = 0
const count = (): void => {
  logged += 1
}
const logger: Logger = { debug: () => undefined, info: count, warn: count, error: count }
const broker = createKafkaBroker({ brokers: [address], clientId: 'away-program', logger, requestTimeoutMs: 3_000 })

function tell(told: AwayTold): void {
  process.stdout.write(`${JSON.stringify(told)}\n`)
}

function tally(into: Record<string, number>, name: string): void {
  into[name] = (into[name] ?? 0) + 1
}

const admin = broker.createAdmin()
const producer = broker.createProducer({ deliveryTimeoutMs: 180_000 })
const hasty = broker.createProducer({ deliveryTimeoutMs: 2_000 })
const consumer = broker.createConsumer({ groupId, topics: [topic], sessionTimeoutMs: 6_000 })
const delivered = Array.from({ length: partitions }, (): number[] => [])
let commits: Promise<unknown> = Promise.resolve()

function append(number: number, through = producer): Promise<AppendOutcome> {
  const value = new TextEncoder().encode(`${number} ${padding}`)
  return through.append(topic, number % partitions, [
    { key: null, value, headers: [], timestampMs: BigInt(Date.now()) },
  ])
}

await Promise.all([admin.start(), producer.start(), hasty.start()])
await consumer.start({
  async deliver({ partition, epoch, records, nextOffset }) {
    for (const { value } of records)
      delivered[partition]?.push(Number.parseInt(new TextDecoder().decode(value ?? undefined), 10))
    commits = consumer.commit([{ topic, partition, epoch, offset: nextOffset }])
    await commits
  },
})
for (let number = 0; number < partitions; number += 1) await append(number)
while (delivered.flat().length < partitions) await new Promise((resolve) => setTimeout(resolve, 50))
await commits

const appends: Record<string, number> = {}
const refused: Record<string, number> = {}
let waiting: Promise<unknown> = Promise.resolve()
let asking: NodeJS.Timeout | undefined
let isAway = false

/** A service goes on with its work while the brokers are away, question by question, and many appends at once. */
async function work(): Promise<void> {
  isAway = true
  asking = setInterval(() => {
    const record = { key: null, value: null, headers: [], timestampMs: 1n }
    // To a partition that does not exist: none of them is ever stored.
    void hasty.append(topic, partitions, [record]).then(({ kind }) => tally(refused, kind))
  }, 10)
  while (isAway) await admin.listTopics().catch(({ code }: { readonly code: string }) => tally(refused, code))
}

const answers: Readonly<Record<string, () => Promise<void> | void>> = {
  away() {
    const numbers = Array.from({ length: held }, (_, index) => partitions + index)
    waiting = Promise.all(numbers.map((number) => append(number).then(({ kind }) => tally(appends, kind))))
    void work()
  },
  sample() {
    for (let round = 0; round < 3; round += 1) globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    const resources = process.getActiveResourcesInfo().length
    tell({ what: 'sample', heapBytes: heapUsed + external, resources, logged, refused })
  },
  async back() {
    clearInterval(asking)
    isAway = false
    await waiting
    while (new Set(delivered.flat()).size < partitions + held) await new Promise((resolve) => setTimeout(resolve, 50))
    await commits
    const offsets = await admin.groupOffsets(groupId)
    tell({ what: 'recovered', appends, delivered, committed: offsets.map(({ offset }) => offset.toString()) })
  },
}

tell({ what: 'ready' })
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'close') break
  await answers[line]?.()
}
await Promise.all([admin, producer, hasty, consumer].map((part) => part.close()))
process.stdin.destroy() // open, it would keep the process alive
