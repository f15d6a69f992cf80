import { fitsTopicPattern, isHopTopic, isInternalTopic } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'

/**
 * Refuses topics that a replay must not publish to.
 *
 * @param allowedTargets names or patterns, `*` for any characters; `undefined`: any topic but Kafka's own, ours, and those of retries and dead letters
 * @throws ReplayError `REPLAY_TARGET_NOT_ALLOWED` with every such topic and why
 */
export function checkTargets(topics: readonly string[], allowedTargets: readonly string[] | undefined): void {
  const refusals = topics.flatMap((topic) => {
    const refusal = refusalOf(topic, allowedTargets)
    return refusal === undefined ? [] : [`${topic}: ${refusal}`]
  })
  if (refusals.length === 0) return
  throw new ReplayError(
    `a replay must not publish to ${refusals.join('; ')}. Name the topics to replay, or another target`,
    { code: 'REPLAY_TARGET_NOT_ALLOWED' },
  )
}

function refusalOf(topic: string, allowedTargets: readonly string[] | undefined): string | undefined {
  if (isInternalTopic(topic)) return "it is Kafka's own or keeps the state of Ledgerbus"
  if (isHopTopic(topic)) return 'it holds retries or dead letters of one group, copies of records that stand elsewhere'
  if (allowedTargets === undefined || allowedTargets.some((pattern) => fitsTopicPattern(pattern, topic)))
    return undefined
  return `the allowed targets are ${allowedTargets.length === 0 ? 'none' : allowedTargets.join(', ')}`
}
