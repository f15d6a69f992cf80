import type { RecordHeader } from '../ports/record.ts'

/** The header by which a redriven record is known: it names the run that published it. */
export const redriveIdHeader = 'lb-redrive-id'

/** Whether a redrive published this record: it stood before as a dead letter, and before that in its own topic. */
export function isRedriven({ headers }: { readonly headers: readonly RecordHeader[] }): boolean {
  return headers.some(({ name }) => name === redriveIdHeader)
}
