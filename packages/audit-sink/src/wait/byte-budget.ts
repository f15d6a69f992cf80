/** What a partition shows of itself to the others. */
export interface BudgetMember {
  /** Bytes of the range that it could store now; 0 while it stores one, or must not cut. */
  openBytes(): number
  isStoring(): boolean
  /** The budget filled up, has room again, or somebody's turn came. */
  changed(): void
}

/** A partition's part in the budget. */
export interface BudgetShare {
  take(bytes: number): void
  give(bytes: number): void
  /**
   * Whether it has to store what it has, so that there is room again: the budget is full, not enough is on its way, and no other partition holds more. One after the
   * other, the largest first: if all of them did, each insert would be a small one.
   */
  isTurn(): boolean
  /** It began or ended to store a range. */
  moved(): void
  leave(): void
}

/** How many bytes of records a process holds, over all its partitions. */
export interface ByteBudget {
  /** No more is taken from Kafka. */
  readonly isFull: boolean
  join(member: BudgetMember): BudgetShare
}

/** So many ranges on their way make room soon. */
export const enoughStoring = 2

export function createByteBudget(limit: number): ByteBudget {
  const members = new Set<BudgetMember>()
  let used = 0

  function tellAll(): void {
    for (const member of members) member.changed()
  }

  function add(bytes: number): void {
    const wasFull = used >= limit
    used += bytes
    if (wasFull !== used >= limit) tellAll()
  }

  function isTurnOf(member: BudgetMember): boolean {
    if (used < limit) return false
    let storing = 0
    for (const other of members) if (other.isStoring()) storing += 1
    if (storing >= enoughStoring) return false
    const mine = member.openBytes()
    for (const other of members) if (other !== member && other.openBytes() > mine) return false
    return mine > 0
  }

  return {
    get isFull() {
      return used >= limit
    },
    join(member) {
      members.add(member)
      return {
        take: add,
        give(bytes) {
          add(-bytes)
        },
        isTurn: () => isTurnOf(member),
        moved() {
          if (used >= limit) tellAll()
        },
        leave() {
          members.delete(member)
          if (used >= limit) tellAll()
        },
      }
    },
  }
}
