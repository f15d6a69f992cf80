/** One line of a text, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number
  /** `undefined`: the line is no UTF-8, or longer than a record may be. */
  readonly text: string | undefined
}

/** No event is larger; a file without line ends must not fill the memory. */
const maxLineBytes = 8_000_000
const lineFeed = 0x0a

/** Cuts bytes into lines; blank ones are counted and left out. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let parts: Uint8Array[] = []
  let bytes = 0
  let number = 0

  function take(part: Uint8Array): void {
    bytes += part.byteLength
    // Too long already: what is left of the line is counted and dropped.
    if (bytes <= maxLineBytes) parts.push(part)
  }

  function end(): Line | undefined {
    number += 1
    const line = { number, text: bytes > maxLineBytes ? undefined : decode(decoder, parts) }
    parts = []
    bytes = 0
    return line.text?.trim() === '' ? undefined : line
  }

  for await (const chunk of chunks) {
    let rest: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    for (let at = rest.indexOf(lineFeed); at >= 0; at = rest.indexOf(lineFeed)) {
      take(rest.subarray(0, at))
      rest = rest.subarray(at + 1)
      const line = end()
      if (line !== undefined) yield line
    }
    if (rest.byteLength > 0) take(rest)
  }
  if (bytes > 0) {
    const line = end()
    if (line !== undefined) yield line
  }
}

function decode(decoder: InstanceType<typeof TextDecoder>, parts: readonly Uint8Array[]): string | undefined {
  try {
    return decoder.decode(Buffer.concat(parts))
  } catch {
    return undefined // no UTF-8: the line is reported with its number
  }
}
