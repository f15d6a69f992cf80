import { isLedgerbusError } from '@ledgerbus/core'
import type { Replay } from '@ledgerbus/replay'
import { CommandError } from '../errors/command-error.ts'
import { didYouMean } from './closest-names.ts'

const shown = 5

/**
 * Runs an action on a replay by its id; one that nobody knows is told with the nearest that is known, and the newest.
 *
 * @throws CommandError `CLI_REPLAY_UNKNOWN`
 */
export async function guessingReplays<Result>(
  replay: Replay,
  replayId: string,
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action()
  } catch (error) {
    if (!isLedgerbusError(error) || error.code !== 'REPLAY_UNKNOWN') throw error
    const known = (await replay.list()).map((status) => status.replayId)
    // Ids that are copied by hand are mostly cut short.
    const begun = known.find((id) => replayId !== '' && id.startsWith(replayId))
    const guess = begun === undefined ? didYouMean(replayId, known) : `; did you mean ${begun}?`
    throw new CommandError(`there is no replay ${replayId}${guess}`, {
      code: 'CLI_REPLAY_UNKNOWN',
      remedy:
        known.length === 0
          ? 'this Kafka knows of no replay yet; `ledgerbus replay plan` makes one'
          : `the newest are ${known.slice(0, shown).join(', ')}; \`ledgerbus replay list\` shows all that this Kafka knows of`,
    })
  }
}
