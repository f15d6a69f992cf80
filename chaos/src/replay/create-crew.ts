import type { Clock } from '@ledgerbus/core'
import type { Members } from '../members/create-members.ts'
import { runnerExitCodes } from './runner-options.ts'

/** Keeps each replay with a runner until it is over, as a supervisor would; but for those that a fault holds. */
export interface Crew {
  /** Whether a runner said that the replay is over. */
  isOver(replay: number): boolean
  /** Places in which a runner of it lives, also one that stands still. */
  alive(replay: number): readonly number[]
  /** All its runners stand still: others are started as if they were gone. @returns what lets them go on */
  freeze(replay: number): () => void
  /** How much its runners did. */
  worked(replay: number): number
  /** Starts a runner, also beside another. @returns its place; `undefined`: two live already */
  start(replay: number): number | undefined
  /** No runner is started for it until it is released. */
  hold(replay: number): void
  release(replay: number): void
  /** Resolves when its runners did something since, or it is over, or so much time has passed. @returns whether they did */
  untilWorking(replay: number, withinMs: number): Promise<boolean>
  /** Resolves when at most one runner of it lives, or so much time has passed. @returns whether */
  untilAlone(replay: number, withinMs: number): Promise<boolean>
  /** Resolves when all are over, or nothing was done for so long. @returns whether they are */
  untilOver(quietMs: number): Promise<boolean>
}

export interface CrewOptions {
  /** Places `2n` and `2n + 1` are those of replay `n`. */
  readonly members: Members
  readonly replays: number
  readonly clock: Clock
  /** Ends the supervision. */
  readonly signal: AbortSignal
}

const lookEveryMs = 200
/** Between the end of a runner and the next one. */
const restartMs = 400

export function createCrew({ members, replays, clock, signal }: CrewOptions): Crew {
  const held = new Map<number, number>()
  const over = new Set<number>()
  const endedMs = new Map<number, number>()
  const frozen = new Set<number>()

  const placesOf = (replay: number): readonly number[] => [replay * 2, replay * 2 + 1]
  const alive = (replay: number): readonly number[] =>
    placesOf(replay).filter((place) => members.stateOf(place) === 'running')

  function isOver(replay: number): boolean {
    if (over.has(replay)) return true
    const isSaid = placesOf(replay).some((place) => {
      const state = members.stateOf(place)
      return typeof state === 'object' && state.code === runnerExitCodes.over
    })
    if (isSaid) over.add(replay)
    return isSaid
  }

  const worked = (replay: number): number => placesOf(replay).reduce((sum, place) => sum + members.workedIn(place), 0)

  function start(replay: number): number | undefined {
    const place = placesOf(replay).find((each) => members.stateOf(each) !== 'running')
    if (place !== undefined) members.start(place)
    return place
  }

  async function until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    const deadlineMs = clock.monotonicMs() + withinMs
    while (!isSo() && clock.monotonicMs() < deadlineMs && !signal.aborted) await clock.sleep(lookEveryMs)
    return isSo()
  }

  function look(replay: number): void {
    const isRun = alive(replay).some((place) => !frozen.has(place))
    if (isOver(replay) || (held.get(replay) ?? 0) > 0 || isRun) {
      endedMs.delete(replay)
      return
    }
    const sinceMs = endedMs.get(replay) ?? clock.monotonicMs()
    endedMs.set(replay, sinceMs)
    if (clock.monotonicMs() - sinceMs >= restartMs) start(replay)
  }

  async function supervise(): Promise<void> {
    while (!signal.aborted) {
      for (let replay = 0; replay < replays; replay += 1) look(replay)
      await clock.sleep(lookEveryMs)
    }
  }

  void supervise()
  return {
    isOver,
    alive,
    freeze(replay) {
      const places = alive(replay)
      for (const place of places) {
        frozen.add(place)
        members.freeze(place)
      }
      return () => {
        for (const place of places) {
          frozen.delete(place)
          members.thaw(place)
        }
      }
    },
    worked,
    start,
    hold: (replay) => void held.set(replay, (held.get(replay) ?? 0) + 1),
    release: (replay) => void held.set(replay, (held.get(replay) ?? 0) - 1),
    async untilWorking(replay, withinMs) {
      const before = worked(replay)
      return until(() => worked(replay) > before || isOver(replay), withinMs)
    },
    untilAlone: (replay, withinMs) => until(() => alive(replay).length <= 1, withinMs),
    async untilOver(quietMs) {
      const areOver = (): boolean => Array.from({ length: replays }, (_, replay) => isOver(replay)).every(Boolean)
      let before = -1
      while (!areOver() && members.worked > before && !signal.aborted) {
        before = members.worked
        await until(() => areOver() || members.worked > before, quietMs)
      }
      return areOver()
    },
  }
}
