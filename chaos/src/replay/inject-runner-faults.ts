import type { Clock } from '@ledgerbus/core'
import { isLedgerbusError } from '@ledgerbus/core'
import type { Replay } from '@ledgerbus/replay'
import type { Ledger } from '../ledger/create-ledger.ts'
import type { Members } from '../members/create-members.ts'
import type { Fault } from '../nemesis/fault.ts'
import type { InjectFault } from '../nemesis/run-faults.ts'
import type { Crew } from './create-crew.ts'

export interface RunnerFaultOptions {
  readonly crew: Crew
  readonly members: Members
  /** Of another process than any runner's. */
  readonly control: Replay
  /** In the order of the crew's. */
  readonly replayIds: readonly string[]
  readonly ledger: Ledger
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Runners that are shut out learn of it from their next page or sign of life: both may have to wait for a broker that is away. */
const longestFarewellMs = 60_000
/** A machine that is busy starts a process in ten seconds and more; killed before it did anything, it would show little. */
const longestReturnMs = 60_000
/** How long somebody who pauses or resumes tries again while brokers are away. */
const longestControlMs = 60_000
const tryAgainMs = 1_000

/** What was done, as far as there was somebody to do it to. */
export interface RunnerFaultCounts {
  /** Runners ended with `kill -9`. */
  readonly kills: number
  /** Times that two runners of one replay lived, one of them standing still or not. */
  readonly rivals: number
  /** Times that somebody paused a replay and resumed it. */
  readonly pauses: number
}

const nothing = async (): Promise<void> => undefined

/** Does to runners of replays, and to replays, what a fault says. A fault of a replay that is over has nothing to break, and is an error. */
export function createRunnerInjector(options: RunnerFaultOptions): {
  readonly inject: InjectFault
  /** Kills whoever runs a replay, so long after it did something. */
  killAtWork(replay: number, afterMs: number): Promise<void>
  readonly counts: RunnerFaultCounts
} {
  const { crew, members, control, replayIds, ledger, clock, signal } = options
  const counts = { kills: 0, rivals: 0, pauses: 0 }

  /** The one that is meant, or the next that is not over. */
  function replayOf({ target }: Fault): number {
    const count = replayIds.length
    const candidates = Array.from({ length: count }, (_, index) => (target + index) % count)
    const found = candidates.find((replay) => !crew.isOver(replay))
    if (found === undefined) throw new Error('all replays are over: there is nothing left to break')
    return found
  }

  async function goOn(replay: number): Promise<void> {
    crew.release(replay)
    await crew.untilWorking(replay, longestReturnMs)
  }

  async function untilAlone(replay: number): Promise<void> {
    if (await crew.untilAlone(replay, longestFarewellMs)) return
    if (!signal.aborted) throw new Error('two runners of a replay were still both alive after a minute')
  }

  /** Also while brokers are away. `undefined`: the replay is in no state for that. */
  async function insist<Result>(change: () => Promise<Result>): Promise<Result | undefined> {
    const deadlineMs = clock.monotonicMs() + longestControlMs
    for (;;) {
      try {
        return await change()
      } catch (error) {
        signal.throwIfAborted()
        if (!isLedgerbusError(error)) throw error
        if (inNoState.includes(error.code)) return undefined
        if (!error.retriable || clock.monotonicMs() > deadlineMs) throw error
        await clock.sleep(tryAgainMs)
      }
    }
  }

  async function pause(fault: Fault, replay: number): Promise<() => Promise<void>> {
    const replayId = replayIds[replay] ?? ''
    const words = { by: 'chaos', note: `fault ${fault.id}`, signal }
    const paused = await insist(() => control.pause(replayId, words))
    if (paused === undefined) return nothing
    return async () => {
      const status = await insist(() => control.status(replayId, { signal }))
      ledger.add({
        kind: 'paused',
        replayId,
        publishedAtFirst: paused.published,
        publishedAtLast: status?.published ?? paused.published,
      })
      counts.pauses += 1
      await insist(() => control.resume(replayId, words))
    }
  }

  /** Starts a runner beside whoever is there. */
  function startBeside(replay: number): void {
    if (crew.alive(replay).length === 1) counts.rivals += 1
    crew.start(replay)
  }

  async function kill(replay: number): Promise<void> {
    const places = crew.alive(replay)
    counts.kills += places.length
    await Promise.all(places.map((place) => members.kill(place)))
  }

  async function inject(fault: Fault): Promise<() => Promise<void>> {
    const replay = replayOf(fault)
    // One that is only about to take the replay over would, and end the pause.
    if (fault.kind === 'runner-pause') await crew.untilWorking(replay, longestReturnMs)
    crew.hold(replay)
    switch (fault.kind) {
      case 'runner-kill':
        await kill(replay)
        return () => goOn(replay)
      case 'runner-restart':
        await Promise.all(crew.alive(replay).map((place) => members.close(place)))
        return () => goOn(replay)
      case 'runner-freeze': {
        const thaw = crew.freeze(replay)
        return () => {
          thaw()
          return goOn(replay)
        }
      }
      case 'runner-zombie': {
        const thaw = crew.freeze(replay)
        startBeside(replay)
        // Whoever is to run it meanwhile may end for another fault.
        crew.release(replay)
        return () => {
          thaw()
          return untilAlone(replay)
        }
      }
      case 'runner-rival':
        startBeside(replay)
        return async () => untilAlone(replay).finally(() => crew.release(replay))
      case 'runner-pause':
        try {
          const resume = await pause(fault, replay)
          return async () => {
            try {
              await resume()
            } finally {
              await goOn(replay)
            }
          }
        } catch (error) {
          crew.release(replay)
          throw error
        }
      default:
        throw new Error(`unreachable: ${fault.kind} is no fault of a runner`)
    }
  }

  return {
    inject,
    async killAtWork(replay, afterMs) {
      await crew.untilWorking(replay, longestReturnMs)
      await clock.sleep(afterMs)
      if (!crew.isOver(replay)) await kill(replay)
    },
    counts,
  }
}

/** What a replay that somebody else changed in between may be: not run just now, run again, or over. */
const inNoState: readonly string[] = ['REPLAY_NOT_RUNNING', 'REPLAY_NOT_PAUSED', 'REPLAY_ENDED']
