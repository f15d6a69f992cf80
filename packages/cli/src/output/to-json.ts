/** Version of everything printed as JSON; rises when a field changes its meaning or goes away. */
export const schemaVersion = 1

/** JSON on one line. A bigint becomes a text: offsets do not fit a double. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? part.toString() : part))
}
