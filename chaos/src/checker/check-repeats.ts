import type { Anomalies } from './anomalies.ts'
import { type Finish } from './finishes.ts'
import {
  type Commit,
  type DeadLetterWrite,
  type History,
  isRun,
  type Ownership,
  placeText,
  type Run,
} from './history.ts'
import { endOf } from './ownership-end.ts'

/** Why a finished record may be handled again. */
export type RepeatCause = 'killed' | 'lost' | 'unclear' | 'crashed' | 'full-map' | 'stale'

/** Between the end of a handler and the record's being done lie a few turns of the event loop. */
const settlingMs = 100
/** A map of finished records this long may have been cut: a commit's metadata has at most 4,096 characters. */
const nearlyFullMetadata = 3_900

/**
 * Records that were handled again after they had been finished.
 *
 * **Allowed**, and counted by cause, is only this: the ownership that finished the record ended by a kill, by the loss of the partition, or with a last commit that
 * nobody confirmed, *and* no confirmed commit of that ownership was asked for after the record was finished. A confirmed commit covers everything finished before
 * it, also above its offset, by the map in its metadata; unless that map was full.
 *
 * **Never allowed** is a second time within one ownership, a record below the commit that its new owner was told, and anything that a member finished before it
 * closed with a confirmed commit. A stale owner may repeat what its successor finished: it is counted by itself.
 */
export function checkRepeats(
  history: History,
  finishes: ReadonlyMap<string, readonly Finish[]>,
  stale: ReadonlySet<Ownership>,
  anomalies: Anomalies,
): Readonly<Record<RepeatCause, number>> {
  const repeated = { killed: 0, lost: 0, unclear: 0, crashed: 0, 'full-map': 0, stale: 0 }
  for (const ownership of history.ownerships) {
    const begun = new Map<string, number>()
    for (const entry of ownership.log) {
      const place = placeText(entry.place)
      const attempt = isRun(entry) ? entry.attempt : 0
      const before = begun.get(place)
      if (before !== undefined && isRun(entry) && attempt <= before) {
        anomalies.add('doubled', `${place}: handed out twice to ${describe(ownership)}`)
      }
      begun.set(place, Math.max(before ?? 0, attempt))
      if (before !== undefined) continue

      const verdict = judge(entry, finishes.get(place) ?? [], stale)
      if (verdict === undefined) continue
      if (verdict.kind === 'allowed') repeated[verdict.cause] += 1
      else anomalies.add('doubled', `${place}: ${describe(ownership)} handled it again, ${verdict.why}`)
    }
  }
  return repeated
}

type Verdict =
  | { readonly kind: 'allowed'; readonly cause: RepeatCause }
  | { readonly kind: 'forbidden'; readonly why: string }
  | undefined

/** The first step of an ownership with a record, seen against how earlier ownerships finished it. */
function judge(entry: Run | DeadLetterWrite, finishes: readonly Finish[], stale: ReadonlySet<Ownership>): Verdict {
  const { ownership, place } = entry
  const earlier = finishes.filter(
    (finish) => finish.ownership !== ownership && finish.ownership.assignedMs < ownership.assignedMs,
  )
  const verdicts = earlier.map((finish) => judgeFinish(finish, ownership, place.offset, stale.has(ownership)))
  return verdicts.find((verdict) => verdict?.kind === 'forbidden') ?? verdicts.at(-1)
}

function judgeFinish(finish: Finish, again: Ownership, offset: number, isStale: boolean): Verdict {
  if (again.committed !== undefined && again.committed > offset) {
    return { kind: 'forbidden', why: `which is below the commit ${again.committed} it was told` }
  }
  if (isStale) return { kind: 'allowed', cause: 'stale' }
  const end = endOf(finish.ownership)
  const covering = coveringCommit(finish)
  if (covering !== undefined) {
    if (covering.metadata >= nearlyFullMetadata) return { kind: 'allowed', cause: 'full-map' }
    return {
      kind: 'forbidden',
      why: `though ${describe(finish.ownership)}, which ${endText[end]}, finished it ${Math.round(covering.askedMs - finish.ms)} ms before a commit to ${covering.offset} that was confirmed`,
    }
  }
  if (end === 'closed' || end === 'open') {
    return { kind: 'forbidden', why: `though ${describe(finish.ownership)}, which ${endText[end]}, had finished it` }
  }
  return { kind: 'allowed', cause: end }
}

const endText: Readonly<Record<ReturnType<typeof endOf>, string>> = {
  closed: 'closed',
  lost: 'lost it',
  killed: 'was killed',
  crashed: 'crashed',
  unclear: 'left without a confirmed commit',
  open: 'kept it',
}

function coveringCommit(finish: Finish): Commit | undefined {
  return finish.ownership.commits.find(({ outcome, askedMs }) => outcome === 'ok' && askedMs >= finish.ms + settlingMs)
}

function describe({ member, epoch }: Ownership): string {
  return `${member.name} (epoch ${epoch})`
}
