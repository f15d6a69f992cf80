/**
 * One member of the group: the program of a user, with a ledger. SIGTERM closes it in order; it ends with the process that started it.
 */
import { type Consumer, createConsumer, on } from '@ledgerbus/consumer'
import { isLedgerbusError, systemClock } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { actOutFate, fatefulRetry } from './act-out-fate.ts'
import { CounterCounted, groupId } from './chaos-event.ts'
import { fateOf } from './fate.ts'
import { becomeMember } from '../members/member-process.ts'
import type { MemberOptions } from './member-options.ts'
import { observeBroker } from './observe-broker.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as MemberOptions
const { name, brokers, seed, file, sessionTimeoutMs, requestTimeoutMs } = options
const { ledger, closing, worked, joined, untilClosing } = becomeMember({ file, name })

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
  onRan: () => worked(1),
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
      await member.start({ signal: closing })
      joined()
      return
    } catch (error) {
      if (closing.aborted) return
      if (!isLedgerbusError(error)) throw error
      console.error(`${name} could not join, tries again:`, error)
      await systemClock.sleep(300)
    }
  }
}

await join(consumer)
await untilClosing()
const report = await consumer.close({ drainMs: 10_000 })
ledger.add({ kind: 'closed', commit: report.commit, left: report.left, aborted: report.aborted })
ledger.close()
process.exit(0)
