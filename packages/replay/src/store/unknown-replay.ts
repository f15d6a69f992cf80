import { ReplayError } from '../replay-error.ts'

/** What is thrown where Kafka knows nothing of a replay. */
export function unknownReplay(replayId: string): ReplayError {
  return new ReplayError(`no replay ${replayId} is known to this Kafka; see the list of replays`, {
    code: 'REPLAY_UNKNOWN',
  })
}
