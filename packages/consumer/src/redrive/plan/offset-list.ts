/**
 * Offsets as a text that keeps their order: `0-41,43,50-99,42`. A range rises by one; ten thousand offsets in a row take a few characters.
 */
export function encodeOffsets(offsets: readonly bigint[]): string {
  const parts: string[] = []
  for (let index = 0; index < offsets.length; ) {
    const first = offsets[index] as bigint
    let length = 1
    while (offsets[index + length] === first + BigInt(length)) length += 1
    parts.push(length === 1 ? `${first}` : `${first}-${first + BigInt(length - 1)}`)
    index += length
  }
  return parts.join(',')
}

const part = /^(\d{1,19})(?:-(\d{1,19}))?$/

/** @throws RangeError for a text that `encodeOffsets` does not write */
export function* decodeOffsets(text: string): Generator<bigint> {
  if (text === '') return
  for (const each of text.split(',')) {
    const [, first, last = first] = part.exec(each) ?? []
    if (first === undefined || last === undefined || BigInt(last) < BigInt(first)) {
      throw new RangeError(`no list of offsets: ${each.slice(0, 50)}`)
    }
    for (let offset = BigInt(first); offset <= BigInt(last); offset += 1n) yield offset
  }
}
