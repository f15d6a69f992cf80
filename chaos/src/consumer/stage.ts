import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Clock, deadLetterTopicOf } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { type CheckReport, checkHistory } from '../checker/check-history.ts'
import { createHistory } from '../checker/history.ts'
import type { StoredRecord } from '../checker/stored-record.ts'
import { createGroupProgress } from '../cluster/group-progress.ts'
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

  const progressOfGroup = createGroupProgress({ broker, topic, groupId, clock, signal })

  return {
    cluster,
    members,
    ledger,
    load: (load) => startLoad({ ...load, broker, ledger, seed, clock, signal }),
    untilCommitted: (timeoutMs) => progressOfGroup.untilCommitted(timeoutMs),
    async check() {
      const history = createHistory()
      for (const end of await progressOfGroup.ends()) history.end(end)
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
