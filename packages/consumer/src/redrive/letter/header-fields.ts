import type { ConsumerRecord, RecordHeader } from '@ledgerbus/core'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Headers by name, read as text or as a number in either of the two ways that are in use. */
export interface HeaderFields {
  has(name: string): boolean
  /** The last of that name. */
  text(name: string): string | undefined
  /** The first of that name: whoever sets a record aside again appends, so the first tells of the first failure. */
  firstText(name: string): string | undefined
  /** Decimal digits, or 4 or 8 bytes big-endian, as Java writes them. The first of that name. */
  integer(name: string): bigint | undefined
}

export function headerFields({ headers }: Pick<ConsumerRecord, 'headers'>): HeaderFields {
  const first = new Map<string, RecordHeader>()
  const last = new Map<string, RecordHeader>()
  for (const header of headers) {
    if (!first.has(header.name)) first.set(header.name, header)
    last.set(header.name, header)
  }
  return {
    has: (name) => last.has(name),
    text: (name) => textOf(last.get(name)),
    firstText: (name) => textOf(first.get(name)),
    integer: (name) => integerOf(first.get(name)?.value),
  }
}

function textOf(header: RecordHeader | undefined): string | undefined {
  return header?.value == null ? undefined : decoder.decode(header.value)
}

const digits = /^\d{1,19}$/

/**
 * Digits win over bytes: four or eight ASCII digits would be a partition beyond 800 million, or an offset beyond 3 * 10^18, read as a number.
 */
function integerOf(bytes: Uint8Array | null | undefined): bigint | undefined {
  if (bytes == null) return undefined
  const text = decoder.decode(bytes)
  if (digits.test(text)) return BigInt(text)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength === 4) return notNegative(BigInt(view.getInt32(0)))
  if (bytes.byteLength === 8) return notNegative(view.getBigInt64(0))
  return undefined
}

function notNegative(value: bigint): bigint | undefined {
  return value < 0n ? undefined : value
}
