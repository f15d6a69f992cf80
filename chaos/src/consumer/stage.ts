import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Broker, type Clock, deadLetterTopicOf, type PartitionOffsets } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { type CheckReport, checkHistory } from '../checker/check-history.ts'
import { createHistory } from '../checker/history.ts'
import type { StoredRecord } from '../checker/stored-record.ts'
import { type Cluster, startCluster } from '../cluster/start-cluster.ts'
import { createLedger, type Ledger } from '../ledger/create-ledger.ts'
import type { LedgerEvent } from '../ledger/ledger-event.ts'
import { readLines } from '../ledger/read-lines.ts'
import { readTopics } from '../witness/read-topics.ts'
import { groupId, topic } from './chaos-event.ts'
import { startLoad, type Load, type LoadOptions } from './load.ts'
import { createMembers, type Members } from '../members/create-members.ts'
import type { MemberOptions } from './member-options.ts'

export const memberCount = 3

/** What every run of the consumer has: a cluster, members, a load, ledgers, and the question how it ended. */
export interface Stage {
  readonly cluster: Cluster
  readonly members: Members
  readonly ledger: Ledger
  load(options: Pick<LoadOptions, 'events' | 'keys' | 'durationMs'>): Promise<Load>
  /** Waits until the group has committed everything there is, at most so long. Resolves with how many records are missing. */
  untilCommitted(timeoutMs: number): Promise<number>
  /** Reads what stands in Kafka and checks it against everything that was written down. Members and load have to be gone. */
  check(): Promise<CheckReport>
  /** Ends everything, however it stands. */
  close(): Promise<void>
}

export interface StageOptions {
  readonly seed: number
  readonly folder: string
  readonly progress: (line: string) => void
  readonly clock: Clock
  readonly signal: AbortSignal
  /** How patient members are. @default as in production */
  readonly patience?: Pick<MemberOptions, 'sessionTimeoutMs' | 'requestTimeoutMs'>
}

export async function openStage({
  seed,
  folder,
  progress,
  clock,
  signal,
  patience = {},
}: StageOptions): Promise<Stage> {
  const cluster = await startCluster({ folder, progress, signal })
  const file = join(folder, 'run.jsonl')
  const ledger = createLedger(file, 'run')
  const brokers = cluster.addresses
  const members = createMembers({
    program: fileURLToPath(new URL('./member-program.ts', import.meta.url)),
    optionsOf: (member): MemberOptions => ({ ...member, brokers, seed, ...patience }),
    folder,
    ledger,
  })
  const options = { connectionTimeoutMs: 2_000, requestTimeoutMs: 4_000 }
  const broker = createKafkaBroker({ brokers: [...brokers], clientId: 'chaos-run', ...options })

  async function ends(): Promise<readonly (PartitionOffsets & { readonly committed: bigint | undefined })[]> {
    return await ask(broker, async (admin) => {
      const [offsets, group] = await Promise.all([admin.topicOffsets(topic), admin.groupOffsets(groupId)])
      return offsets.map((partition) => {
        const found = group.find((each) => each.topic === topic && each.partition === partition.partition)
        return { ...partition, committed: found?.offset }
      })
    })
  }

  return {
    cluster,
    members,
    ledger,
    load: (load) => startLoad({ ...load, broker, ledger, seed, clock, signal }),
    async untilCommitted(timeoutMs) {
      const deadlineMs = clock.monotonicMs() + timeoutMs
      for (;;) {
        const missing = await missingOf(ends)
        if (missing === 0 || clock.monotonicMs() >= deadlineMs || signal.aborted) return missing
        await clock.sleep(500)
      }
    },
    async check() {
      const history = createHistory()
      for (const { partition, committed, end } of await ends()) {
        history.end({
          topic,
          partition,
          end: Number(end),
          ...(committed !== undefined && { committed: Number(committed) }),
        })
      }
      const deadLetters = deadLetterTopicOf(topic, groupId)
      const witnessed = join(folder, 'topics.jsonl')
      await readTopics({ brokers, topics: [topic, deadLetters], file: witnessed, signal })
      for await (const record of readLines<StoredRecord>(witnessed)) {
        if (record.topic === topic) history.stored(record)
        else history.deadLetter(record)
      }
      // The run's own ledger last: it names members, which their own files make known.
      for (const each of [...members.files, file])
        for await (const event of readLines<LedgerEvent>(each)) history.event(event)
      return checkHistory(history.build())
    },
    async close() {
      await members.killAll()
      await cluster.stop()
      ledger.close()
    },
  }
}

/** How many records are not committed; one at least while nobody can be asked. */
async function missingOf(
  ends: () => Promise<readonly { readonly end: bigint; readonly committed: bigint | undefined }[]>,
): Promise<number> {
  try {
    return (await ends()).reduce((sum, { end, committed = 0n }) => sum + Number(end - committed), 0)
  } catch {
    return 1
  }
}

async function ask<Answer>(
  broker: Broker,
  question: (admin: ReturnType<Broker['createAdmin']>) => Promise<Answer>,
): Promise<Answer> {
  const admin = broker.createAdmin()
  await admin.start()
  try {
    return await question(admin)
  } finally {
    await admin.close()
  }
}
