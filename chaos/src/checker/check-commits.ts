import type { Anomalies } from './anomalies.ts'
import { type Commit, type History, type Ownership, placeText } from './history.ts'
import type { StoredRecord } from './stored-record.ts'

/** Where findings about commits go, whatever else may be found. */
type CommitAnomalies = Pick<Anomalies<'commits'>, 'add'>

/** When a record came to an end: was handled, or is known to stand in the log. */
export interface FinishTime {
  readonly ms: number
}

/** A record by its place. */
type Places = ReadonlyMap<string, Pick<StoredRecord, 'topic' | 'partition' | 'offset'>>

/**
 * Commits: never back under one owner, nor for the next; never past a record that is not finished; never taken from who has lost the partition.
 */
export function checkCommits(
  { ownerships, stored }: Pick<History, 'ownerships'> & { readonly stored: Places },
  finishes: ReadonlyMap<string, readonly FinishTime[]>,
  stale: ReadonlySet<Ownership>,
  anomalies: CommitAnomalies,
): void {
  const partitions = new Map<string, Ownership[]>()
  for (const ownership of ownerships) {
    const name = `${ownership.topic}/${ownership.partition}`
    partitions.set(name, [...(partitions.get(name) ?? []), ownership])
  }
  const unfinished = finishTimes(stored, finishes)
  for (const [name, owners] of partitions) {
    for (const ownership of owners) checkOwner(name, ownership, anomalies)
    checkTold(
      name,
      owners.filter((ownership) => !stale.has(ownership)),
      anomalies,
    )
    checkTurns(name, owners, anomalies)
    checkPassed(name, owners, unfinished.get(name) ?? [], anomalies)
  }
}

function checkOwner(
  name: string,
  { member, committed = 0, commits, lostMs }: Ownership,
  anomalies: CommitAnomalies,
): void {
  let position = committed
  for (const { offset, askedMs } of confirmed(commits)) {
    if (offset < position) anomalies.add('commits', `${name}: ${member.name} went back from ${position} to ${offset}`)
    position = offset
    if (lostMs !== undefined && askedMs > lostMs) {
      anomalies.add('commits', `${name}: ${member.name} committed ${offset} after it had lost the partition`)
    }
  }
}

/** What an owner is told is not behind what was confirmed to others before. */
function checkTold(name: string, owners: readonly Ownership[], anomalies: CommitAnomalies): void {
  for (const [index, { member, committed = 0, assignedMs }] of owners.entries()) {
    const others = owners.slice(0, index).flatMap(({ commits }) => confirmed(commits))
    const known = others.filter(({ answeredMs = Number.POSITIVE_INFINITY }) => answeredMs < assignedMs)
    const highest = known.reduce((most, { offset }) => Math.max(most, offset), 0)
    if (committed < highest)
      anomalies.add('commits', `${name}: ${member.name} was told ${committed} after a commit to ${highest}`)
  }
}

/** Once a commit of a later owner was confirmed, none of an earlier one is. */
function checkTurns(name: string, owners: readonly Ownership[], anomalies: CommitAnomalies): void {
  /** When the first commit of any later owner was confirmed. */
  let followedMs = Number.POSITIVE_INFINITY
  for (const { member, commits } of owners.toReversed()) {
    for (const { offset, askedMs } of confirmed(commits)) {
      if (askedMs <= followedMs) continue
      anomalies.add('commits', `${name}: ${member.name} committed ${offset} after another had taken over and committed`)
    }
    for (const { answeredMs = followedMs } of confirmed(commits)) followedMs = Math.min(followedMs, answeredMs)
  }
}

/** Offset and first finish of each record of a partition, in order. */
type FinishTimes = readonly { readonly offset: number; readonly place: string; readonly ms: number }[]

/** What was asked for counts, answered or not: a commit of unknown outcome may be stored. */
function checkPassed(
  name: string,
  owners: readonly Ownership[],
  records: FinishTimes,
  anomalies: CommitAnomalies,
): void {
  const commits = owners.flatMap((ownership) => ownership.commits).sort((left, right) => left.offset - right.offset)
  let index = 0
  let latest: FinishTimes[number] | undefined
  const told = new Set<string>()
  for (const commit of commits) {
    for (let record = records[index]; record !== undefined && record.offset < commit.offset; record = records[index]) {
      if (latest === undefined || record.ms > latest.ms) latest = record
      index += 1
    }
    if (latest === undefined || latest.ms <= commit.askedMs || told.has(latest.place)) continue
    told.add(latest.place)
    const { member } = commit.ownership
    anomalies.add('commits', `${name}: ${member.name} committed ${commit.offset} before ${latest.place} was finished`)
  }
}

function finishTimes(
  stored: Places,
  finishes: ReadonlyMap<string, readonly FinishTime[]>,
): ReadonlyMap<string, FinishTimes> {
  const partitions = new Map<string, { offset: number; place: string; ms: number }[]>()
  for (const record of stored.values()) {
    const name = `${record.topic}/${record.partition}`
    const place = placeText(record)
    const ms = (finishes.get(place) ?? []).reduce(
      (first, finish) => Math.min(first, finish.ms),
      Number.POSITIVE_INFINITY,
    )
    const records = partitions.get(name)
    if (records === undefined) partitions.set(name, [{ offset: record.offset, place, ms }])
    else records.push({ offset: record.offset, place, ms })
  }
  for (const records of partitions.values()) records.sort((left, right) => left.offset - right.offset)
  return partitions
}

function confirmed(commits: readonly Commit[]): Commit[] {
  return commits.filter(({ outcome }) => outcome === 'ok')
}
