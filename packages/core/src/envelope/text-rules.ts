/** Longest id, type or name in an envelope we publish, in UTF-16 units; keeps every header made from it below 8 KiB. */
const maxTextLength = 1_024

const hyphen = 0x2d
/** 1 for the code of each hexadecimal digit. */
const hexDigits = new Uint8Array(0x80)
for (const digit of '0123456789abcdefABCDEF') hexDigits[digit.charCodeAt(0)] = 1

/** Whether a text has the form of a UUID, whatever its version. By hand: every record that is read is asked two or three times. */
export function isUuid(value: unknown): value is string {
  if (typeof value !== 'string' || value.length !== 36) return false
  for (let index = 0; index < 36; index += 1) {
    const code = value.charCodeAt(index)
    const isHyphen = index === 8 || index === 13 || index === 18 || index === 23
    if (isHyphen ? code !== hyphen : hexDigits[code] !== 1) return false
  }
  return true
}

const loneSurrogate = /\p{Surrogate}/u
// C0, DEL and C1: with lone surrogates, what a CloudEvents string must not contain.
const control = /[\u0000-\u001f\u007f-\u009f]/

/** Whether a text survives UTF-8: a lone surrogate becomes a replacement character, and two texts become one. */
export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text)
}

/** Bytes of a text in UTF-8, without encoding it. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) bytes += 1
    // Each half of a surrogate pair is half of four bytes.
    else if (unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff)) bytes += 2
    else bytes += 3
  }
  return bytes
}

/** Whether a text can stand in a header and a log line as it is. */
export function isPrintable(text: string): boolean {
  return isWellFormed(text) && !control.test(text)
}

/** What is wrong with an id, type or name that is about to be published. */
export function textProblem(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return 'must be a text that is not empty'
  if (value.length > maxTextLength) return `must have at most ${maxTextLength} characters, not ${value.length}`
  return isPrintable(value) ? undefined : 'must not contain control characters or halves of surrogate pairs'
}

/** What is wrong with an id that must be a UUID. */
export function uuidProblem(value: unknown): string | undefined {
  return isUuid(value) ? undefined : 'must be a UUID'
}

// RFC 3986: unreserved, reserved, percent.
const uriReference = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]{1,255}$/

/** What is wrong with a source: it is a CloudEvents `source`, so a URI reference; a plain service name is one. */
export function sourceProblem(value: unknown): string | undefined {
  if (typeof value === 'string' && uriReference.test(value)) return undefined
  return 'must be a service name or URI: 1 to 255 characters without blanks, such as "checkout"'
}
