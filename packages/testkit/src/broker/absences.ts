import type { Clock } from '@ledgerbus/core'

/** Members of a group that closed under an instance id, each until its session is over. */
export interface Absences {
  has(memberId: string): boolean
  begin(memberId: string, sessionTimeoutMs: number): void
  /** Its session will not lapse any more: another member took its place. */
  end(memberId: string): void
}

export function createAbsences(clock: Clock, whenOver: (memberId: string) => void): Absences {
  const cancels = new Map<string, () => void>()
  return {
    has: (memberId) => cancels.has(memberId),
    begin(memberId, sessionTimeoutMs) {
      const cancel = clock.schedule(sessionTimeoutMs, () => {
        cancels.delete(memberId)
        whenOver(memberId)
      })
      cancels.set(memberId, cancel)
    },
    end(memberId) {
      cancels.get(memberId)?.()
      cancels.delete(memberId)
    },
  }
}
