import {
  type BrokerAdmin,
  ConfigurationError,
  fitsTopicPattern,
  isHopTopic,
  isInternalTopic,
  isTopicPattern,
} from '@ledgerbus/core'
import { AuditSinkError } from './audit-sink-error.ts'

const topicCharacters = /^[a-zA-Z0-9._*-]{1,249}$/

/** What is wrong with the sources, each in a sentence. */
export function sourceProblems(sources: readonly string[]): readonly string[] {
  if (sources.length === 0) return ['topics must name at least one topic']
  return sources.flatMap((source) => {
    if (!topicCharacters.test(source))
      return [`topics: ${JSON.stringify(source)} is neither a topic nor a pattern of topics`]
    if (isHopTopic(source))
      return [`topics: ${source} holds retries or dead letters; their records stand in the log already`]
    return []
  })
}

/**
 * The topics to read: those named, and those that fit a pattern now. A topic that is made later is read from the sink's next start on, from
 * its first record.
 *
 * @throws AuditSinkError `SINK_NO_TOPICS` when no topic fits
 */
export async function resolveSources(
  sources: readonly string[],
  admin: Pick<BrokerAdmin, 'listTopics'>,
): Promise<readonly string[]> {
  const problems = sourceProblems(sources)
  if (problems.length > 0) throw new ConfigurationError('audit sink', problems)
  const names = sources.filter((source) => !isTopicPattern(source))
  const patterns = sources.filter(isTopicPattern)
  if (patterns.length === 0) return [...new Set(names)]
  const existing = (await admin.listTopics()).filter((topic) => !isHopTopic(topic) && !isInternalTopic(topic))
  const fitting = existing.filter((topic) => patterns.some((pattern) => fitsTopicPattern(pattern, topic)))
  const topics = [...new Set([...names, ...fitting])]
  if (topics.length > 0) return topics
  throw new AuditSinkError(`no topic fits ${patterns.join(', ')}; create one, or name another`, {
    code: 'SINK_NO_TOPICS',
  })
}
