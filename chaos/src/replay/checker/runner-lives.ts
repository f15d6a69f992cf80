import type { LedgerEvent } from '../../ledger/ledger-event.ts'
import type { Pause, RunnerEnd, RunnerLife } from './replay-history.ts'

/** Takes in what was written down, events of one process in their order; the run's own last. */
export interface RunnerLives {
  event(event: LedgerEvent): void
  build(): { readonly runners: readonly RunnerLife[]; readonly pauses: readonly Pause[] }
}

/** Who ran what, from when to when. */
export function createRunnerLives(): RunnerLives {
  const lives = new Map<string, { -readonly [Field in keyof RunnerLife]: RunnerLife[Field] }>()
  const pauses: Pause[] = []
  return {
    event(seen) {
      const { by, monotonicMs } = seen
      switch (seen.kind) {
        case 'replay-run':
          lives.set(by, { name: by, replayId: seen.replayId, startedMs: monotonicMs })
          return
        case 'replay-ended': {
          const { state, planned, published, failed, leftOut, code, message, isRetriable } = seen
          const end: RunnerEnd = {
            ...{ state, planned, published, failed, leftOut },
            ...(code !== undefined && { code }),
            ...(message !== undefined && { message }),
            ...(isRetriable !== undefined && { isRetriable }),
          }
          const life = lives.get(by)
          if (life === undefined) throw new Error(`${by} ended a replay that it never ran`)
          life.end = end
          return
        }
        case 'ended': {
          // A process that was killed before it wrote anything ran nothing.
          const life = lives.get(seen.member)
          if (life === undefined) return
          life.endedMs = monotonicMs
          if (!seen.isExpected && life.end === undefined) {
            life.crash = `exit code ${seen.code}, signal ${seen.signal}`
          }
          return
        }
        case 'paused': {
          const { replayId, publishedAtFirst, publishedAtLast } = seen
          pauses.push({ replayId, publishedAtFirst, publishedAtLast })
          return
        }
        default:
        // What tells of records and commits is for other checkers.
      }
    },
    build: () => ({ runners: [...lives.values()], pauses }),
  }
}
