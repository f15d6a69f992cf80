import { type Consumer, type ConsumerReport, createConsumer, on } from '@ledgerbus/consumer'
import { type Broker, type Clock, isLedgerbusError, silentLogger } from '@ledgerbus/core'
import { createSeededRandom } from '@ledgerbus/testkit'
import { actOutFate, fatefulRetry } from '../consumer/act-out-fate.ts'
import { observeBroker } from '../consumer/observe-broker.ts'
import { createMortal } from './mortal-broker.ts'
import type { SimulatedLedger } from './simulated-ledger.ts'
import { fateOf } from './simulated-fate.ts'
import { groupId, NumberDrawn } from './simulated-event.ts'

export interface SimulatedMemberOptions {
  readonly name: string
  readonly broker: Broker
  readonly ledger: SimulatedLedger
  readonly clock: Clock
  /** Decides what handlers do. */
  readonly seed: number
  /** How a member of this simulation is set up; the same for all. */
  readonly setup: MemberSetup
}

export interface MemberSetup {
  readonly concurrency: number
  readonly maxBufferedRecords: number
  readonly commitIntervalMs: number
}

/** One process of the group. */
export interface SimulatedMember {
  readonly name: string
  readonly consumer: Consumer
  start(): Promise<void>
  /** `kill -9`; the group notices when its session is over. */
  kill(): void
  bury(): Promise<void>
  close(drainMs: number): Promise<ConsumerReport>
}

export function createSimulatedMember(options: SimulatedMemberOptions): SimulatedMember {
  const { name, clock, seed, setup } = options
  const mortal = createMortal(options.broker, options.ledger.of(name))
  const { ledger } = mortal
  const { broker, epochOf } = observeBroker(mortal.broker, ledger)

  const acting = { ledger, clock, epochOf, fateOf: (event: string) => fateOf(seed, event) }
  const subscription = on(NumberDrawn, (event, context) => actOutFate(event, context, acting))

  const consumer = createConsumer({
    ...setup,
    broker,
    groupId,
    subscriptions: [subscription],
    clock,
    random: createSeededRandom(seed),
    logger: silentLogger,
    retry: fatefulRetry,
  })

  return {
    name,
    consumer,
    async start() {
      ledger.add({ kind: 'started', pid: 0 })
      for (;;) {
        try {
          return await consumer.start()
        } catch (error) {
          // As a service that is started again and again.
          if (!isLedgerbusError(error) || error.code !== 'BROKER_UNREACHABLE') throw error
          await clock.sleep(300)
        }
      }
    },
    kill() {
      options.ledger.add('run', { kind: 'killed', member: name })
      options.ledger.add('run', { kind: 'ended', member: name, code: null, signal: 'SIGKILL', isExpected: true })
      mortal.kill()
    },
    bury: () => mortal.bury(),
    async close(drainMs) {
      const report = await consumer.close({ drainMs })
      ledger.add({ kind: 'closed', commit: report.commit, left: report.left, aborted: report.aborted })
      options.ledger.add('run', { kind: 'ended', member: name, code: 0, signal: null, isExpected: true })
      return report
    },
  }
}
