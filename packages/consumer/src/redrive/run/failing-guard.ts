import type { Clock, Logger, WaitOptions } from '@ledgerbus/core'
import { RedriveError } from '../redrive-error.ts'
import type { NoteBook } from './note-book.ts'
import { enoughEnded, type RunSettings } from './run-options.ts'
import type { Tally } from './tally.ts'

/** Lets letters out no faster than they end, so that a run that does more harm than good is noticed in time. */
export interface FailingGuard {
  /** Resolves with how many may go out now, 1 or more. @throws RedriveError `REDRIVE_FAILING_AGAIN` */
  room(options?: WaitOptions): Promise<number>
  /** Waits for what is under way: until all of it ended, or nothing does for too long. */
  rest(options?: WaitOptions): Promise<void>
}

export interface FailingGuardOptions extends RunSettings {
  readonly notes: NoteBook
  readonly tally: Tally
  readonly clock: Clock
  readonly logger: Logger
  /** Whether anybody is there to end them. */
  readonly waits: boolean
}

const lookEveryMs = 250

export function createFailingGuard(options: FailingGuardOptions): FailingGuard {
  const { notes, tally, clock, logger, maxFailedShare, maxUnderWay, patienceMs } = options
  let waits = options.waits

  function throwIfFailing(): void {
    const { resolved, failedAgain } = notes.ended()
    const ended = resolved + failedAgain
    if (ended < enoughEnded || failedAgain / ended < maxFailedShare) return
    throw new RedriveError(
      `${failedAgain} of ${ended} redriven letters failed again; mend what fails, then run again`,
      { code: 'REDRIVE_FAILING_AGAIN', report: tally.report('stopped') },
    )
  }

  function endedNow(): number {
    const { resolved, failedAgain } = notes.ended()
    return resolved + failedAgain
  }

  /** Looks until `isEnough`; `false`: nothing ended for so long that waiting makes no more sense. */
  async function until(isEnough: () => boolean, wait: WaitOptions): Promise<boolean> {
    let endedBefore = endedNow()
    let progressAtMs = clock.monotonicMs()
    while (!isEnough()) {
      if (clock.monotonicMs() - progressAtMs >= patienceMs) return false
      await clock.sleep(lookEveryMs, wait)
      await notes.refresh(wait)
      if (endedNow() > endedBefore) progressAtMs = clock.monotonicMs()
      endedBefore = endedNow()
    }
    return true
  }

  function roomNow(): number {
    if (!waits) return Number.POSITIVE_INFINITY
    const ended = endedNow()
    return (ended < enoughEnded ? enoughEnded : maxUnderWay) - Math.max(tally.redriven - ended, 0)
  }

  return {
    async room(wait = {}) {
      await notes.refresh(wait)
      const isRoom = await until(() => {
        throwIfFailing()
        return roomNow() > 0
      }, wait)
      if (!isRoom) {
        waits = false
        logger.warn(
          { redriven: tally.redriven, ended: endedNow(), patienceMs },
          'no redriven letter ended for long; going on without waiting for them',
        )
      }
      return roomNow()
    },
    async rest(wait = {}) {
      await notes.refresh(wait)
      if (waits) await until(() => endedNow() >= tally.redriven, wait)
    },
  }
}
