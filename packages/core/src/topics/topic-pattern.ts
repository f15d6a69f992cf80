/** Whether a text is a pattern of topics and no topic: `*` stands for any characters. */
export function isTopicPattern(text: string): boolean {
  return text.includes('*')
}

/** Whether a topic fits a pattern. Piece by piece between the stars, each as early as it goes: no pattern takes longer than its length times the topic's. */
export function fitsTopicPattern(pattern: string, topic: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return topic === pattern
  if (!topic.startsWith(head) || !topic.endsWith(tail) || topic.length < head.length + tail.length) return false
  let at = head.length
  for (const piece of rest) {
    const found = topic.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return at <= topic.length - tail.length
}
