import { createInterface } from 'node:readline'
import { Kafka, logLevel, Partitioners } from 'kafkajs'

/** What the program tells. */
export type RawSendTold =
  | { readonly what: 'ready' }
  | {
      readonly what: 'confirmed'
      readonly acks: readonly { readonly partition: number; readonly baseOffset?: string }[]
    }

function tell(told: RawSendTold): void {
  process.stdout.write(`${JSON.stringify(told)}\n`)
}

/** kafkajs alone, in a process that the adapter's patches never reached: one send to two partitions, as its own documentation shows it. */
const [, , addresses = '', topic = ''] = process.argv
const client = new Kafka({ brokers: addresses.split(','), logLevel: logLevel.NOTHING, requestTimeout: 60_000 })
const producer = client.producer({
  createPartitioner: Partitioners.DefaultPartitioner,
  retry: { retries: 30, initialRetryTime: 300, maxRetryTime: 1_000 },
})

async function send(name: string): Promise<RawSendTold> {
  const messages = [0, 1].map((partition) => ({ partition, value: `${name} ${partition}` }))
  const acks = await producer.send({ topic, acks: -1, messages })
  return {
    what: 'confirmed',
    acks: acks.map(({ partition, baseOffset }) => ({ partition, ...(baseOffset !== undefined && { baseOffset }) })),
  }
}

await producer.connect()
await send('raw before')
tell({ what: 'ready' })
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'close') break
  tell(await send('raw'))
}
await producer.disconnect()
process.stdin.destroy() // open, it would keep the process alive
