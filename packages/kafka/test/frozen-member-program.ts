import { createInterface } from 'node:readline'
import type { CommitPosition } from '@ledgerbus/core'
import { createKafkaBroker } from '../src/index.ts'

/** What the member tells. */
export type FrozenMemberTold =
  | { readonly what: 'delivered'; readonly epoch: number; readonly nextOffset: string }
  | { readonly what: 'lost'; readonly epoch: number }
  | { readonly what: 'committed'; readonly outcome: unknown }

function tell(told: FrozenMemberTold): void {
  process.stdout.write(`${JSON.stringify(told)}\n`)
}

/** A member that does not commit what it is handed before it is told to, line by line, and then under the epoch in which it was handed over. */
const [, , address = '', topic = '', groupId = '', sessionTimeoutMs = ''] = process.argv
const broker = createKafkaBroker({ brokers: [address], clientId: 'frozen-member' })
const member = broker.createConsumer({ groupId, topics: [topic], sessionTimeoutMs: Number(sessionTimeoutMs) })
let first: CommitPosition | undefined

await member.start({
  async deliver({ partition, epoch, records, nextOffset }) {
    if (records.length === 0) return
    first ??= { topic, partition, epoch, offset: nextOffset, metadata: 'of the frozen one' }
    tell({ what: 'delivered', epoch, nextOffset: nextOffset.toString() })
  },
  lost(partitions) {
    for (const { epoch } of partitions) tell({ what: 'lost', epoch })
  },
})

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'close') break
  const { kind } = await member.commit(first === undefined ? [] : [first])
  tell({ what: 'committed', outcome: kind })
}
await member.close()
process.stdin.destroy() // open, it would keep the process alive
