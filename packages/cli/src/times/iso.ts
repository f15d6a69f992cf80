/** A moment as RFC 3339, UTC, milliseconds. */
export function toIso(ms: number): string {
  return new Date(ms).toISOString()
}
