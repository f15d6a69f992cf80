import { isLedgerbusError } from '@ledgerbus/core'
import { withAdmin } from '../edge/connect.ts'
import type { Session } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import { requireTopics } from './known-names.ts'

/** Codes that mean, or may mean, that a topic does not exist. */
const unknownTopic = new Set([
  'BROKER_TOPIC_UNKNOWN',
  'REDRIVE_TOPIC_UNKNOWN',
  'REPLAY_TARGET_UNKNOWN',
  // A range that is to be read from Kafka names topics, too.
  'REPLAY_REQUEST_INVALID',
])

/**
 * Runs an action that uses topics by name; one that does not exist is told with the nearest name that does.
 *
 * Kafka is asked only after the action failed: a service must be able to start before Kafka does.
 *
 * @throws CommandError `CLI_TOPIC_UNKNOWN`
 */
export async function guessingTopics<Result>(
  session: Session,
  topics: readonly string[],
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action()
  } catch (error) {
    if (!isLedgerbusError(error) || !unknownTopic.has(error.code)) throw error
    const named = topics.filter((topic) => !topic.includes('*'))
    if (named.length === 0) throw error
    await withAdmin(session, (admin) => requireTopics(admin, named)).catch((guess: unknown) => {
      throw guess instanceof CommandError ? guess : error
    })
    throw error
  }
}
