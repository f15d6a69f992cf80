/** Longest event name, in characters. */
export const maxEventNameLength = 200

const eventName = /^[a-z0-9_]+(?:\.[a-z0-9_]+)+$/

/** What is wrong with an event's name; `undefined` when it is legal. */
export function eventNameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'name: must be a string such as "order.created"'
  if (name.length > maxEventNameLength) return `name: at most ${maxEventNameLength} characters, not ${name.length}`
  if (eventName.test(name)) return undefined
  return `name: ${JSON.stringify(name)} must be two or more words of a-z, 0-9 and _ joined by dots, such as "order.created"`
}

/** `order` of `order.line.added`. */
export function firstWord(name: string): string {
  return name.slice(0, name.indexOf('.'))
}

/** `added` of `order.line.added`. */
export function lastWord(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
