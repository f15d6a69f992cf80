/** What a key of the checkpoint topic says of its record. */
export interface ReplayKey {
  readonly replayId: string
  readonly kind: 'checkpoint' | 'error' | 'change'
}

/** Beside the checkpoint, whose key is the replay's id alone, stand records of their own keys: compaction leaves these for ever. */
const beside = /^(.*)\/(error|change)\/\d+$/su

/** @param number its place among the failed ones of the replay, from 0 */
export function errorKey(replayId: string, number: number): Uint8Array {
  return Buffer.from(`${replayId}/error/${padded(number)}`)
}

/** @param step of the checkpoint beside which it stands */
export function changeKey(replayId: string, step: number): Uint8Array {
  return Buffer.from(`${replayId}/change/${padded(step)}`)
}

/** `undefined` for a record without a key, which is none of ours. */
export function readReplayKey(key: Uint8Array | null): ReplayKey | undefined {
  if (key === null) return undefined
  const text = Buffer.from(key).toString('utf8')
  const [, replayId, kind] = beside.exec(text) ?? []
  if (replayId === undefined) return { replayId: text, kind: 'checkpoint' }
  return { replayId, kind: kind === 'error' ? 'error' : 'change' }
}

function padded(number: number): string {
  return String(number).padStart(9, '0')
}
