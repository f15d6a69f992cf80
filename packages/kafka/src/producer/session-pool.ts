import type { ProducerSession } from './producer-session.ts'

/** The use of a session by one batch, until its outcome. */
export interface SessionLease {
  readonly session: ProducerSession
  /** Ends the use. */
  release(): void
  /** Ends the use and gives the session to nobody any more: the sequence of a partition is in doubt. */
  discard(): void
}

/**
 * The session that new batches use. A discarded one lives on for the batches that began on it, since only on it the broker recognises their
 * repetition, and ends with the last of them.
 */
export interface SessionPool {
  /** Rejects with the client's error when no session can be opened; the next call tries again. */
  lease(): Promise<SessionLease>
  /** Ends all sessions. */
  close(): Promise<void>
}

interface Slot {
  readonly opened: Promise<ProducerSession>
  users: number
}

export function createSessionPool(open: () => Promise<ProducerSession>): SessionPool {
  const slots = new Set<Slot>()
  let current: Slot | undefined

  function openSlot(): Slot {
    const slot: Slot = { opened: open(), users: 0 }
    slots.add(slot)
    slot.opened.catch(() => giveUp(slot))
    return slot
  }

  function giveUp(slot: Slot): void {
    if (current === slot) current = undefined
    if (slot.users === 0) void end(slot)
  }

  async function end(slot: Slot): Promise<void> {
    if (!slots.delete(slot)) return
    const session = await slot.opened.catch(() => undefined)
    await session?.end()
  }

  return {
    async lease() {
      const slot = (current ??= openSlot())
      slot.users += 1
      let isOver = false
      function release(): void {
        if (isOver) return
        isOver = true
        slot.users -= 1
        if (current !== slot && slot.users === 0) void end(slot)
      }
      try {
        return {
          session: await slot.opened,
          release,
          discard() {
            if (current === slot) current = undefined
            release()
          },
        }
      } catch (error) {
        release()
        throw error
      }
    },
    async close() {
      current = undefined
      await Promise.all([...slots].map(end))
    },
  }
}
