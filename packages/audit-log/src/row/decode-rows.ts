import { AuditLogError } from '../audit-log-error.ts'
import { createRowBinaryReader, moreBytesNeeded, type RowBinaryReader } from './row-binary-reader.ts'

/**
 * Rows of a byte stream that cuts them anywhere. Memory: one chunk and the row that goes on in the next.
 *
 * A row longer than its chunk is tried again only when twice the bytes are there: trying at every chunk would cost the square of its length.
 *
 * @throws AuditLogError `AUDIT_ROW_UNREADABLE` when the bytes are no rows, or end within one
 */
export async function* decodeRows<Row>(
  chunks: AsyncIterable<Uint8Array>,
  decode: (reader: RowBinaryReader) => Row,
): AsyncGenerator<Row, void, undefined> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  let neededBytes = 1
  for await (const chunk of chunks) {
    held.push(chunk)
    heldBytes += chunk.length
    if (heldBytes < neededBytes) continue
    const bytes = held.length === 1 ? chunk : Buffer.concat(held, heldBytes)
    const reader = createRowBinaryReader(bytes)
    let rowStart = 0
    while (rowStart < bytes.length) {
      const row = decodeWhole(reader, decode)
      if (row === moreBytesNeeded) break
      rowStart = reader.position
      yield row as Row
    }
    held = rowStart === bytes.length ? [] : [bytes.subarray(rowStart)]
    heldBytes = bytes.length - rowStart
    neededBytes = heldBytes === bytes.length ? heldBytes * 2 : heldBytes + 1
  }
  if (heldBytes > 0) {
    // What was held back for want of bytes may be whole rows after all.
    const bytes = Buffer.concat(held, heldBytes)
    const reader = createRowBinaryReader(bytes)
    while (reader.position < bytes.length) {
      const row = decodeWhole(reader, decode)
      if (row === moreBytesNeeded) {
        throw new AuditLogError('rows of the audit log could not be read: the answer ended within a row', {
          code: 'AUDIT_ROW_UNREADABLE',
          // A proxy may cut an answer and call it ended; the next one may be whole.
          retriable: true,
        })
      }
      yield row as Row
    }
  }
}

function decodeWhole<Row>(
  reader: RowBinaryReader,
  decode: (reader: RowBinaryReader) => Row,
): Row | typeof moreBytesNeeded {
  try {
    return decode(reader)
  } catch (error) {
    if (error === moreBytesNeeded) return moreBytesNeeded
    if (error instanceof RangeError) throw unreadable(error)
    throw error
  }
}

function unreadable(cause: RangeError): AuditLogError {
  return new AuditLogError(`rows of the audit log could not be read: ${cause.message}`, {
    code: 'AUDIT_ROW_UNREADABLE',
    cause,
  })
}
