import { type AuditSink, createAuditSink } from '@ledgerbus/audit-sink'
import { type Broker, type Clock, type Random, silentLogger } from '@ledgerbus/core'
import { createSeededRandom } from '@ledgerbus/testkit'
import { observeBroker } from '../../consumer/observe-broker.ts'
import { createMortal, type Mortal } from '../../simulator/mortal-broker.ts'
import type { SimulatedLedger } from '../../simulator/simulated-ledger.ts'
import { observeWriter } from '../observe-writer.ts'
import type { SimulatedLog } from './simulated-log.ts'

export interface SimulatedSinkOptions {
  readonly name: string
  readonly broker: Broker
  readonly log: SimulatedLog
  readonly ledger: SimulatedLedger
  readonly clock: Clock
  readonly seed: number
  readonly topic: string
  readonly groupId: string
  /** How a sink of this simulation is set up; the same for all. */
  readonly setup: {
    readonly maxRows: number
    readonly maxAgeMs: number
    readonly idleAgeMs: number
    readonly maxInserts: number
  }
}

/** One process of the group. */
export interface SimulatedSink {
  start(): Promise<void>
  /** `kill -9`; the group notices when its session is over. */
  kill(): void
  bury(): Promise<void>
  close(drainMs: number): ReturnType<AuditSink['close']>
}

export function createSimulatedSink(options: SimulatedSinkOptions): SimulatedSink {
  const { name, clock, seed, topic, groupId, setup } = options
  const mortal = createMortal(options.broker, options.ledger.of(name))
  const { ledger } = mortal
  const network = createNetwork(clock, createSeededRandom(seed + Number(name.replaceAll(/\D/g, ''))))
  const sink = createAuditSink({
    ...setup,
    broker: observeBroker(slowCommits(mortal.broker, network), ledger).broker,
    auditLog: observeWriter(mortalWriter(options.log.writer, mortal, network), ledger, () => undefined),
    topics: [topic],
    groupId,
    clock,
    random: createSeededRandom(seed),
    logger: silentLogger,
  })

  return {
    start() {
      ledger.add({ kind: 'started', pid: 0 })
      return sink.start()
    },
    kill() {
      options.ledger.add('run', { kind: 'killed', member: name })
      options.ledger.add('run', { kind: 'ended', member: name, code: null, signal: 'SIGKILL', isExpected: true })
      mortal.kill()
    },
    bury: () => mortal.bury(),
    async close(drainMs) {
      const report = await sink.close({ drainMs })
      ledger.add({ kind: 'closed', commit: report.isDrained ? 'ok' : 'unknown', left: report.left.length, aborted: 0 })
      options.ledger.add('run', { kind: 'ended', member: name, code: 0, signal: null, isExpected: true })
      return report
    },
  }
}

/** Lets time pass on the way to a server: what is asked for at one moment is answered at others, in any order. */
type Network = () => Promise<void>

const longestWayMs = 25

function createNetwork(clock: Clock, random: Random): Network {
  return () => clock.sleep(Math.floor(random.next() * longestWayMs))
}

function slowCommits(broker: Broker, network: Network): Broker {
  return {
    ...broker,
    createConsumer(options) {
      const consumer = broker.createConsumer(options)
      return {
        ...consumer,
        async commit(positions) {
          await network()
          const outcome = await consumer.commit(positions)
          await network()
          return outcome
        },
      }
    },
  }
}

/** What a process that is killed has asked for happens; its answer arrives nowhere. */
function mortalWriter(
  writer: SimulatedLog['writer'],
  { whileAlive }: Mortal,
  network: Network,
): SimulatedLog['writer'] {
  return {
    start: (wait) => whileAlive(() => writer.start(wait)),
    createBlock: (partition) => writer.createBlock(partition),
    insert: (range, wait) =>
      whileAlive(async () => {
        await network()
        const outcome = await writer.insert(range, wait)
        await network()
        return outcome
      }),
    standing: (question, wait) => whileAlive(() => writer.standing(question, wait)),
    lastStanding: (partition, wait) => whileAlive(() => writer.lastStanding(partition, wait)),
  }
}
