import { fitsTopicPattern, isHopTopic, isInternalTopic, isTopicPattern } from '@ledgerbus/core'

/** Topics that a name or a pattern means; `*` stands for any characters. Hops and internal topics, which no sink stores by pattern, are meant by their names only. */
export function topicsFitting(sources: readonly string[], existing: readonly string[]): readonly string[] {
  const named = new Set(sources.filter((source) => !isTopicPattern(source)))
  const patterns = sources.filter(isTopicPattern)
  return existing.filter(
    (topic) =>
      named.has(topic) ||
      (!isHopTopic(topic) && !isInternalTopic(topic) && patterns.some((pattern) => fitsTopicPattern(pattern, topic))),
  )
}
