/** A range that is about to be inserted, as it stands in the metadata of the commit before it. */
export interface Intent {
  /** The range begins at the committed offset and ends before this one. */
  readonly next: bigint
  readonly records: number
  /** CRC-32 over the coordinates of its records. */
  readonly digest: number
}

const form = /^1:(\d{1,19}):(\d{1,7}):([0-9a-f]{8})$/

/** `1:<next>:<records>:<digest>`; the first number is the version of the form. */
export function encodeIntent({ next, records, digest }: Intent): string {
  return `1:${next}:${records}:${digest.toString(16).padStart(8, '0')}`
}

/** `undefined` for metadata that holds no intent of this version. */
export function parseIntent(metadata: string): Intent | undefined {
  const match = form.exec(metadata)
  if (match === null) return undefined
  const [, next, records, digest] = match as unknown as readonly [string, string, string, string]
  return { next: BigInt(next), records: Number(records), digest: Number.parseInt(digest, 16) }
}

/** In place of an intent: what the log holds is looked up record by record. */
export const checkedMetadata = 'checked'
