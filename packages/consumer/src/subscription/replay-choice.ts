import { ConfigurationError, type ReplayMarks } from '@ledgerbus/core'
import { isPromiseLike } from '../maybe-promise.ts'

/**
 * What a handler gets of replays: all (`run`), nothing (`skip`), or what a function says of a record's marks: its run, mode, groups, reason, and where the original stands.
 *
 * The function answers at once and without effects, as it may be asked more than once for a record: when the record is delivered, and before each attempt. What it throws, and any
 * other answer, counts as a failed attempt: tried again under the subscription's policy, then set aside. Nothing is skipped because of it.
 */
export type ReplayChoice = 'run' | 'skip' | ((marks: ReplayMarks) => 'run' | 'skip')

/** The rule under which a handler passes over what it does not want of replays. */
export const replayNotWanted = 'replay-not-wanted'

/** What the choice says of a record. @throws what its function throws; ConfigurationError when it answers anything else */
export function readReplayChoice(choice: ReplayChoice, marks: ReplayMarks, handlerName: string): 'run' | 'skip' {
  if (typeof choice !== 'function') return choice
  const answer: unknown = choice(marks)
  if (answer === 'run' || answer === 'skip') return answer
  const isPromise = isPromiseLike(answer)
  // Nobody waits for it, so its rejection would end the process.
  if (isPromise) answer.then(undefined, () => undefined)
  throw new ConfigurationError(`subscription ${JSON.stringify(handlerName)}`, [
    `replay: its function answers "run" or "skip" at once, not ${isPromise ? 'a promise' : String(answer)}`,
  ])
}
