import { type BrokerAdmin, ConfigurationError } from '@ledgerbus/core'
import { AuditSinkError } from './audit-sink-error.ts'

/**
 * Retry and dead-letter topics of groups: `<topic>.<group>.retry.<delay>`, `<topic>.<group>.dlq`. What passes through them are copies of
 * records that stand in the log already; as entries they would look like facts that happened twice.
 */
const hopTopic = /\.(?:dlq|retry\.[^.]+)$/

export function isHopTopic(topic: string): boolean {
  return hopTopic.test(topic)
}

/** Our own topics, such as the checkpoints of replays. */
const ownTopic = /^(?:__|ledgerbus-)/

/** Whether a source is a pattern: `*` stands for any characters. */
function isTopicPattern(source: string): boolean {
  return source.includes('*')
}

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
  const existing = (await admin.listTopics()).filter((topic) => !isHopTopic(topic) && !ownTopic.test(topic))
  const fitting = existing.filter((topic) => patterns.some((pattern) => fits(pattern, topic)))
  const topics = [...new Set([...names, ...fitting])]
  if (topics.length > 0) return topics
  throw new AuditSinkError(`no topic fits ${patterns.join(', ')}; create one, or name another`, {
    code: 'SINK_NO_TOPICS',
  })
}

/** Piece by piece between the stars, each as early as it goes: no pattern takes longer than its length times the topic's. */
function fits(pattern: string, topic: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop() ?? ''
  if (!topic.startsWith(head) || !topic.endsWith(tail) || topic.length < head.length + tail.length) return false
  let at = head.length
  for (const piece of rest) {
    const found = topic.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return at <= topic.length - tail.length
}
