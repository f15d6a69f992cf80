import type { RecordHeader } from '../ports/record.ts'

const encoder = new TextEncoder()
// `ignoreBOM` keeps a BOM as the character it is.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A header whose value is text, in UTF-8. */
export function textHeader(name: string, text: string): RecordHeader {
  return { name, value: encoder.encode(text) }
}

/**
 * The text of a header; the last one wins where the name repeats. `undefined` when there is none or its value is null. Bytes that are not UTF-8
 * become replacement characters: headers route, the value is the truth.
 */
export function headerText(headers: readonly RecordHeader[], name: string): string | undefined {
  for (let index = headers.length - 1; index >= 0; index -= 1) {
    if (headers[index]?.name === name) return textOf(headers[index])
  }
  return undefined
}

/** The text of one header. */
export function textOf(header: RecordHeader | undefined): string | undefined {
  return header?.value == null ? undefined : decoder.decode(header.value)
}
