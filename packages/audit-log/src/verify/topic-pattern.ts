/** Topics that a name or a pattern means; `*` stands for any characters. Hops and our own topics are meant by their names only. */
export function topicsFitting(patterns: readonly string[], existing: readonly string[]): readonly string[] {
  const named = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const wild = patterns.filter((pattern) => pattern.includes('*'))
  return existing.filter(
    (topic) => named.has(topic) || (!isOfOurs.test(topic) && wild.some((pattern) => fits(pattern, topic))),
  )
}

/** What the sink leaves out: retries, dead letters, checkpoints. */
const isOfOurs = /^(?:__|ledgerbus-)|\.(?:dlq|retry\.[^.]+)$/

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
