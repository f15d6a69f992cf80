import type { History, Ownership } from './history.ts'
import { endOf } from './ownership-end.ts'

/**
 * Ownerships that were over before their member was told of them: it was frozen between the join and the telling, and the group went on without it. Until the
 * member learns of it, it works beside the owner there is, from commits it read late.
 *
 * They are known by this: nothing they committed was confirmed, they ended by a loss or a kill, and when they were told another owner had not let go.
 */
export function staleOwnerships({ ownerships }: Pick<History, 'ownerships'>): ReadonlySet<Ownership> {
  const stale = new Set<Ownership>()
  const before = new Map<string, Ownership[]>()
  for (const ownership of ownerships) {
    const partition = `${ownership.topic}/${ownership.partition}`
    const earlier = before.get(partition) ?? []
    if (isWithoutEffect(ownership) && earlier.some((other) => letGoMs(other) > ownership.assignedMs))
      stale.add(ownership)
    earlier.push(ownership)
    before.set(partition, earlier)
  }
  return stale
}

function isWithoutEffect(ownership: Ownership): boolean {
  const end = endOf(ownership)
  const isOver = end === 'lost' || end === 'killed' || end === 'crashed'
  return isOver && ownership.commits.every(({ outcome }) => outcome !== 'ok')
}

/** When its own member knew that it was over, or was no more. */
function letGoMs({ lostMs, member }: Ownership): number {
  return Math.min(
    ...[lostMs, member.leavingMs, member.killedMs, member.endedMs].map((ms) => ms ?? Number.POSITIVE_INFINITY),
  )
}
