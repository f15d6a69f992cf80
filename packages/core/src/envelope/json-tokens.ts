/** Bytes and pieces of JSON in UTF-8, where they lie. Each function begins at a place and says where the piece ends. */

// What is compared with every byte is a constant of each file that does so: one that is exported is looked up each time.

/** Where something ends; negative: it is not what was looked for. */
export type End = number
export const notThere = -1

const quote = 0x22
const minus = 0x2d
const dot = 0x2e
const zero = 0x30
const nine = 0x39
const upperE = 0x45
const backslash = 0x5c
const lowerE = 0x65

/** 1 for what stands for itself inside a string: no control, quote or backslash. */
const ordinary = new Uint8Array(256).fill(1).fill(0, 0, 0x20)
ordinary[quote] = 0
ordinary[backslash] = 0
/** 1 for what may follow a backslash, but for `u`. */
const escapable = new Uint8Array(256)
for (const character of '"\\/bfnrt') escapable[character.charCodeAt(0)] = 1
/** 1 for a hexadecimal digit. */
const hexadecimal = new Uint8Array(256)
for (const digit of '0123456789abcdefABCDEF') hexadecimal[digit.charCodeAt(0)] = 1
const lowerU = 0x75

/** ASCII. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

const literals = ['true', 'false', 'null'].map(bytesOf)

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine
}

export function blanksEnd(bytes: Uint8Array, start: number): number {
  let at = start
  for (let byte = bytes[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = bytes[at]) at += 1
  return at
}

/** The first byte that does not stand for itself inside a string: its end, an escape, or what may not be there. */
export function ordinaryEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while (ordinary[bytes[at] as number] === 1) at += 1
  return at
}

export function isHexadecimal(byte: number | undefined): boolean {
  return byte !== undefined && hexadecimal[byte] === 1
}

export function stringEnd(bytes: Uint8Array, start: number): End {
  let at = start + 1
  for (;;) {
    while (ordinary[bytes[at] as number] === 1) at += 1
    const byte = bytes[at]
    if (byte === quote) return at + 1
    if (byte !== backslash) return notThere
    const escaped = bytes[at + 1] as number
    if (escapable[escaped] === 1) {
      at += 2
      continue
    }
    if (escaped !== lowerU) return notThere
    for (let digit = at + 2; digit < at + 6; digit += 1) if (hexadecimal[bytes[digit] as number] !== 1) return notThere
    at += 6
  }
}

export function numberEnd(bytes: Uint8Array, start: number): End {
  let at = bytes[start] === minus ? start + 1 : start
  if (!isDigit(bytes[at])) return notThere
  if (bytes[at] === zero) at += 1
  else while (isDigit(bytes[at])) at += 1
  if (bytes[at] === dot) {
    at += 1
    if (!isDigit(bytes[at])) return notThere
    while (isDigit(bytes[at])) at += 1
  }
  if (bytes[at] === lowerE || bytes[at] === upperE) {
    at += 1
    if (bytes[at] === minus || bytes[at] === 0x2b) at += 1
    if (!isDigit(bytes[at])) return notThere
    while (isDigit(bytes[at])) at += 1
  }
  return at
}

/** Digits and nothing else are added up; the rest is left to the engine. */
export function numberAt(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  if (end - start <= 15) {
    let at = start
    for (; isDigit(bytes[at]) && at < end; at += 1) value = value * 10 + (bytes[at] as number) - zero
    if (at === end) return value
  }
  let text = ''
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at] as number)
  return Number(text)
}

export function literalEnd(bytes: Uint8Array, start: number): End {
  for (const literal of literals) {
    if (isAt(bytes, start, literal)) return start + literal.length
  }
  return notThere
}

export function isAt(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let index = 0; index < text.length; index += 1) if (bytes[start + index] !== text[index]) return false
  return true
}
