/** The longest text of an exception that ClickHouse writes behind rows (`MAX_EXCEPTION_SIZE` in `WriteBufferFromHTTPServerResponse`). */
const maxExceptionBytes = 16_384

/**
 * The bytes of an answer that is still being written, without what is no row.
 *
 * A query that fails after its first rows has long answered 200. ClickHouse then writes the exception behind the rows and breaks the connection,
 * so the text arrives as if it were rows. Therefore the last 16 KiB are held back until the answer ended well.
 *
 * @param tag of the header `x-clickhouse-exception-tag`: marks the exception, so that no row can look like one
 */
export async function* answerBytes(
  stream: AsyncIterable<Uint8Array>,
  tag: string | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const held: Uint8Array[] = []
  let heldBytes = 0
  try {
    for await (const chunk of stream) {
      held.push(chunk)
      heldBytes += chunk.length
      for (let first = held[0]; first !== undefined && heldBytes - first.length >= maxExceptionBytes; first = held[0]) {
        held.shift()
        heldBytes -= first.length
        yield first
      }
    }
  } catch (error) {
    throw exceptionIn(Buffer.concat(held), tag, error) ?? error
  }
  yield* held
}

/** The exception in the tail of a broken answer, in the form of the client's own `ClickHouseError`. */
function exceptionIn(tail: Buffer, tag: string | undefined, cause: unknown): Error | undefined {
  if (tag === undefined) return undefined
  const mark = `__exception__\r\n${tag}\r\n`
  const start = tail.lastIndexOf(mark, undefined, 'latin1')
  if (start < 0) return undefined
  const text = tail.toString('utf8', start + mark.length)
  const code = /Code: (\d+)/.exec(text)?.[1]
  if (code === undefined) return undefined
  const type = /\(([A-Z][A-Z0-9_]{2,})\)/.exec(text)?.[1] ?? 'UNNAMED'
  return Object.assign(new Error(text, { cause }), { code, type })
}
