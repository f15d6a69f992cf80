import type { LedgerEvent, OperationOutcome, Place } from '../ledger/ledger-event.ts'
import type { PartitionEnd, StoredRecord } from './stored-record.ts'

/** One publish, from the load's view. */
export interface Publish {
  readonly event: string
  readonly key: string
  readonly sequence: number
  /** Absent: the load ended before the answer came. */
  outcome?: OperationOutcome
  at?: Place
  hash?: string
}

/** One call of a handler. */
export interface Run {
  readonly ownership: Ownership
  readonly place: Place
  readonly key: string
  readonly event: string
  readonly hash: string
  readonly sequence: number
  readonly attempt: number
  readonly startedMs: number
  /** Absent: its process ended first. */
  endedMs?: number
  result?: 'handled' | 'skipped' | 'failed'
  isAborted?: boolean
}

/** One write of a dead letter. */
export interface DeadLetterWrite {
  readonly ownership: Ownership
  readonly place: Place
  readonly askedMs: number
  answeredMs?: number
  outcome?: OperationOutcome
}

/** One position of one commit. */
export interface Commit {
  readonly ownership: Ownership
  readonly offset: number
  readonly metadata: number
  readonly askedMs: number
  answeredMs?: number
  outcome?: OperationOutcome | 'fenced'
}

/** What one member owned for a while: a partition, from being assigned to being lost. */
export interface Ownership {
  readonly member: Member
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  readonly assignedMs: number
  /** Where the group stood when it began. */
  readonly committed: number | undefined
  /** What happened to it, in its process's own order. */
  readonly log: (Run | DeadLetterWrite)[]
  readonly commits: Commit[]
  lostMs?: number
}

/** One process. */
export interface Member {
  readonly name: string
  leavingMs?: number
  /** How the last commit ended, of a member that closed. */
  closedWith?: OperationOutcome | 'fenced'
  killedMs?: number
  endedMs?: number
  /** The run did not bring the end about. */
  crash?: string
}

/** Everything that is known about a run, in the shape in which it is checked. */
export interface History {
  readonly publishes: ReadonlyMap<string, Publish>
  /** In the order of their beginning. */
  readonly ownerships: readonly Ownership[]
  readonly members: ReadonlyMap<string, Member>
  /** Of the source topics, by place. */
  readonly stored: ReadonlyMap<string, StoredRecord>
  readonly deadLetters: readonly StoredRecord[]
  readonly ends: readonly PartitionEnd[]
}

/** Takes a run in, piece by piece. Events of one process in their order; processes in any. */
export interface HistoryBuilder {
  event(event: LedgerEvent): void
  stored(record: StoredRecord): void
  deadLetter(record: StoredRecord): void
  end(end: PartitionEnd): void
  build(): History
}

export function placeText({ topic, partition, offset }: Place): string {
  return `${topic}/${partition}@${offset}`
}

export function isRun(entry: Run | DeadLetterWrite): entry is Run {
  return 'attempt' in entry
}

export function createHistory(): HistoryBuilder {
  const publishes = new Map<string, Publish>()
  const ownerships = new Map<string, Ownership>()
  const members = new Map<string, Member>()
  const stored = new Map<string, StoredRecord>()
  const deadLetters = new Map<string, StoredRecord>()
  const ends: PartitionEnd[] = []
  /** Operations whose answer has not come yet, by who asked. */
  const openRuns = new Map<string, Run>()
  const openWrites = new Map<string, DeadLetterWrite>()
  const openCommits = new Map<string, readonly Commit[]>()

  function memberOf(name: string): Member {
    let member = members.get(name)
    if (member === undefined) members.set(name, (member = { name }))
    return member
  }

  function ownershipOf(by: string, topic: string, partition: number, epoch: number): Ownership {
    const found = ownerships.get(`${by} ${topic}/${partition} ${epoch}`)
    if (found === undefined)
      throw new Error(`the history of ${by} uses ${topic}/${partition} (epoch ${epoch}) before it owned it`)
    return found
  }

  function event(seen: LedgerEvent): void {
    const { by, monotonicMs: ms } = seen
    switch (seen.kind) {
      case 'publish':
        publishes.set(seen.event, { event: seen.event, key: seen.key, sequence: seen.sequence })
        return
      case 'published': {
        const publish = publishes.get(seen.event)
        if (publish === undefined) throw new Error(`event ${seen.event} was answered and never published`)
        const { outcome, at, hash } = seen
        Object.assign(publish, { outcome, ...(at !== undefined && { at }), ...(hash !== undefined && { hash }) })
        return
      }
      case 'started':
        memberOf(by)
        return
      case 'assigned': {
        const { topic, partition, epoch, committed } = seen
        const name = `${by} ${topic}/${partition} ${epoch}`
        // A listener that failed is told again: the ownership is the same.
        if (ownerships.has(name)) return
        const place = { topic, partition, epoch, committed, assignedMs: ms }
        ownerships.set(name, { ...place, member: memberOf(by), log: [], commits: [] })
        return
      }
      case 'lost': {
        // Lost before it was told: then nothing happened under it.
        const ownership = ownerships.get(`${by} ${seen.topic}/${seen.partition} ${seen.epoch}`)
        if (ownership !== undefined) ownership.lostMs = ms
        return
      }
      case 'run': {
        const { topic, partition, offset, epoch, key, event: id, hash, attempt, sequence } = seen
        const ownership = ownershipOf(by, topic, partition, epoch)
        const place = { topic, partition, offset }
        const run: Run = { ownership, place, key, event: id, hash, sequence, attempt, startedMs: ms }
        ownership.log.push(run)
        openRuns.set(`${by} ${placeText(seen)} ${epoch} ${attempt}`, run)
        return
      }
      case 'ran': {
        const open = `${by} ${placeText(seen)} ${seen.epoch} ${seen.attempt}`
        const run = openRuns.get(open)
        if (run === undefined) throw new Error(`${by} ended a run of ${placeText(seen)} that it never began`)
        openRuns.delete(open)
        Object.assign(run, { endedMs: ms, result: seen.result, isAborted: seen.isAborted })
        return
      }
      case 'dead-letter': {
        const { topic, partition, offset } = seen
        const ownership = ownershipOf(by, topic, partition, seen.epoch)
        const write: DeadLetterWrite = { ownership, place: { topic, partition, offset }, askedMs: ms }
        ownership.log.push(write)
        openWrites.set(`${by} ${seen.id}`, write)
        return
      }
      case 'dead-lettered': {
        const write = openWrites.get(`${by} ${seen.id}`)
        if (write !== undefined) Object.assign(write, { answeredMs: ms, outcome: seen.outcome })
        return
      }
      case 'commit': {
        const commits = seen.positions.map(({ topic, partition, epoch, offset, metadata }): Commit => {
          const ownership = ownershipOf(by, topic, partition, epoch)
          const commit: Commit = { ownership, offset, metadata, askedMs: ms }
          ownership.commits.push(commit)
          return commit
        })
        openCommits.set(`${by} ${seen.id}`, commits)
        return
      }
      case 'committed': {
        const { outcome, fenced = [] } = seen
        for (const commit of openCommits.get(`${by} ${seen.id}`) ?? []) {
          const { topic, partition, epoch } = commit.ownership
          const isFenced = fenced.some(
            (out) => out.topic === topic && out.partition === partition && out.epoch === epoch,
          )
          commit.outcome = isFenced ? 'fenced' : outcome
          commit.answeredMs = ms
        }
        return
      }
      case 'leaving':
        memberOf(by).leavingMs = ms
        return
      case 'closed':
        memberOf(by).closedWith = seen.commit
        return
      case 'killed':
        memberOf(seen.member).killedMs = ms
        return
      case 'ended': {
        const member = memberOf(seen.member)
        member.endedMs = ms
        if (!seen.isExpected) member.crash = `exit code ${seen.code}, signal ${seen.signal}`
        return
      }
      case 'fault':
      case 'fault-over':
      // What sinks do besides owning and committing, and what runners do, is for other checkers.
      case 'append':
      case 'appended':
      case 'insert':
      case 'inserted':
      case 'found':
      case 'replay-run':
      case 'replay-ended':
      case 'paused':
        return
    }
  }

  return {
    event,
    stored: (record) => void stored.set(placeText(record), record),
    deadLetter: (record) => void deadLetters.set(placeText(record), record),
    end: (end) => void ends.push(end),
    build: () => ({
      publishes,
      ownerships: [...ownerships.values()].sort((left, right) => left.assignedMs - right.assignedMs),
      members,
      stored,
      deadLetters: [...deadLetters.values()],
      ends,
    }),
  }
}
