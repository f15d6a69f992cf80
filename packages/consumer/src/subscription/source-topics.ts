import type { BoundHandler } from './bound-handler.ts'

/**
 * The topics to read: those of the definitions, and for patterns the topics given, else the pattern's first word, which is the default topic of the
 * events it matches. A pattern that begins with a wildcard fits events of any topic.
 */
export function sourceTopics(
  handlers: readonly BoundHandler[],
  given: readonly string[] | undefined,
): { readonly topics: readonly string[]; readonly problems: readonly string[] } {
  const topics = new Set(given)
  const problems: string[] = []
  for (const { target } of handlers) {
    if (target.kind === 'definition') {
      topics.add(target.definition.topic.name)
      continue
    }
    if (given !== undefined) continue
    const [first = '*'] = target.pattern.segments
    if (first.startsWith('*')) {
      problems.push(
        `the pattern ${JSON.stringify(target.pattern.text)} fits events of any topic; name those to read in \`topics\``,
      )
    } else {
      topics.add(first)
    }
  }
  return { topics: [...topics].sort(), problems }
}
