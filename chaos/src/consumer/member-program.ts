/**
 * One member of the group: the program of a user, with a ledger. SIGTERM closes it in order; it ends with the process that started it.
 */
import { type Consumer, createConsumer, on } from '@ledgerbus/consumer'
import { isLedgerbusError, systemClock } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { actOutFate, fatefulRetry } from './act-out-fate.ts'
import { createLedger } from '../ledger/create-ledger.ts'
import { CounterCounted, groupId } from './chaos-event.ts'
import { fateOf } from './fate.ts'
import type { FromMember } from '../members/create-members.ts'
import type { MemberOptions } from './member-options.ts'
import { observeBroker } from './observe-broker.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as MemberOptions
const { name, brokers, seed, file, sessionTimeoutMs, requestTimeoutMs } = options
const ledger = createLedger(file, name)
ledger.add({ kind: 'started', pid: process.pid })
const closing = new AbortController()

process.once('SIGTERM', () => closing.abort())
// Ctrl-C reaches the whole group of processes; the run decides what it means.
process.on('SIGINT', () => undefined)
process.once('disconnect', () => process.exit(1))

let runs = 0
setInterval(() => {
  if (runs > 0 && process.connected) process.send?.({ kind: 'worked', runs } satisfies FromMember)
  runs = 0
}, 200).unref()

const kafka = createKafkaBroker({
  brokers: [...brokers],
  clientId: name,
  ...(requestTimeoutMs !== undefined && { requestTimeoutMs, connectionTimeoutMs: 2_000 }),
})
const { broker, epochOf } = observeBroker(kafka, ledger)

const acting = {
  ledger,
  clock: systemClock,
  epochOf,
  fateOf: (event: string) => fateOf(seed, event),
  onRan: () => {
    runs += 1
  },
}
const subscription = on(CounterCounted, (event, context) => actOutFate(event, context, acting))

const consumer = createConsumer({
  broker,
  groupId,
  subscriptions: [subscription],
  commitIntervalMs: 500,
  retry: fatefulRetry,
  ...(sessionTimeoutMs !== undefined && { sessionTimeoutMs }),
})

/** A member whose brokers are away waits for them, as a service that is started again and again would. */
async function join(member: Consumer): Promise<void> {
  for (;;) {
    try {
      await member.start({ signal: closing.signal })
      process.send?.({ kind: 'joined' } satisfies FromMember)
      return
    } catch (error) {
      if (closing.signal.aborted) return
      if (!isLedgerbusError(error)) throw error
      console.error(`${name} could not join, tries again:`, error)
      await systemClock.sleep(300)
    }
  }
}

await join(consumer)
if (!closing.signal.aborted) {
  await new Promise((resolve) => {
    closing.signal.addEventListener('abort', resolve, { once: true })
  })
}
const report = await consumer.close({ drainMs: 10_000 })
ledger.add({ kind: 'closed', commit: report.commit, left: report.left, aborted: report.aborted })
ledger.close()
process.exit(0)
