import type { Clock, Random } from '@ledgerbus/core'
import { type Backoff, backoffMs } from '../client/backoff.ts'
import { readClientError } from '../errors/read-client-error.ts'
import type { Member } from './member.ts'

export interface KeepMemberOptions {
  /** Opens a member that reports its crash. Rejects with the client's error. */
  readonly open: (
    onCrash: (error: unknown) => void,
    options: { readonly formerId?: string | undefined; readonly signal: AbortSignal },
  ) => Promise<Member>
  /** Who the member of the moment is in its group. */
  readonly memberId: () => string | undefined
  /** The member is gone and with it all it owned. */
  readonly onGone: () => void
  /** Why it went, or why another could not be opened. */
  readonly onTrouble: (error: unknown, what: 'crashed' | 'not-opened') => void
  readonly clock: Clock
  readonly random: Random
  /** Aborted when the consumer closes. */
  readonly closing: AbortSignal
}

/** Keeps a member in the group: kafkajs's consumers end, some for good, and a new one takes their place. */
export interface MemberKeeper {
  /** The member of the moment. */
  readonly member: Member | undefined
  /** The first one. Rejects when the broker is away or refuses; what passes by itself just after its start is waited for. */
  open(signal: AbortSignal): Promise<void>
}

const backoff: Backoff = { firstMs: 200, mostMs: 5_000 }
const startPatienceMs = 30_000
const endTimeoutMs = 2_000

export function keepMember(options: KeepMemberOptions): MemberKeeper {
  const { onGone, onTrouble, clock, random, closing } = options
  let member: Member | undefined

  async function openOne(signal: AbortSignal, formerId?: string): Promise<void> {
    try {
      member = await options.open((reason) => void replace(reason), { formerId, signal })
    } catch (error) {
      // It may have joined before it failed.
      onGone()
      throw error
    }
  }

  async function replace(reason: unknown): Promise<void> {
    const gone = member
    const formerId = options.memberId()
    member = undefined
    onGone()
    if (closing.aborted) return
    onTrouble(reason, 'crashed')
    // It must not leave the group after another came back under its id.
    await gone?.end({ timeoutMs: endTimeoutMs })
    for (let failures = 1; !closing.aborted; failures += 1) {
      await clock.sleep(backoffMs(backoff, failures, random), { signal: closing }).catch(() => undefined)
      try {
        if (!closing.aborted) await openOne(closing, formerId)
        return
      } catch (again) {
        if (!closing.aborted) onTrouble(again, 'not-opened')
      }
    }
  }

  return {
    get member() {
      return member
    },
    async open(signal) {
      const startedAtMs = clock.monotonicMs()
      for (let failures = 1; ; failures += 1) {
        try {
          return await openOne(signal)
        } catch (error) {
          const { retriable, code } = readClientError(error).row
          const isAway = code === 'BROKER_UNREACHABLE' || code === 'BROKER_NO_ANSWER' || code === 'BROKER_CLIENT_FAULT'
          const isOver = signal.aborted || clock.monotonicMs() - startedAtMs > startPatienceMs
          if (isOver || !retriable || isAway) throw error
        }
        await clock.sleep(backoffMs(backoff, failures, random), { signal })
      }
    },
  }
}
