import type { Ownership } from './history.ts'

/**
 * How an ownership ended.
 *
 * - `closed`: its member left the group with its last commit acknowledged. Nothing it finished may come again.
 * - `lost`: the group took the partition away while the member lived: a rebalance, or a session that lapsed.
 * - `killed`: the run killed the member. `crashed`: the member died by itself.
 * - `unclear`: the member left, and its last commit was refused or never answered.
 * - `open`: it lasted to the end of the run.
 */
export type OwnershipEnd = 'closed' | 'lost' | 'killed' | 'crashed' | 'unclear' | 'open'

export function endOf({ lostMs, member }: Ownership): OwnershipEnd {
  const { leavingMs, closedWith, killedMs, crash } = member
  // Leaving takes everything away too; what was lost before was lost.
  if (lostMs !== undefined && (leavingMs === undefined || lostMs < leavingMs)) return 'lost'
  if (closedWith === 'ok') return 'closed'
  if (killedMs !== undefined) return 'killed'
  if (crash !== undefined) return 'crashed'
  return leavingMs === undefined ? 'open' : 'unclear'
}
