// Where the two digits of each byte stand in the text of a UUID, in the order ClickHouse wants the bytes: two little-endian 64-bit halves.
const digitPlaces = [16, 14, 11, 9, 6, 4, 2, 0, 34, 32, 30, 28, 26, 24, 21, 19]

const hexValue = new Int8Array(256).fill(-1)
for (let digit = 0; digit < 16; digit += 1) {
  hexValue[digit.toString(16).charCodeAt(0)] = digit
  hexValue[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
}

/** Writes the sixteen bytes of a UUID as ClickHouse has them; of anything else those of the nil UUID. */
export function putUuid(buffer: Buffer, value: string | undefined, start: number): void {
  if (value?.length !== 36) {
    buffer.fill(0, start, start + 16)
    return
  }
  let legal = 0
  for (let index = 0; index < 16; index += 1) {
    const at = digitPlaces[index] as number
    const high = hexValue[value.charCodeAt(at)] ?? -1
    const low = hexValue[value.charCodeAt(at + 1)] ?? -1
    legal |= high | low
    buffer[start + index] = (high << 4) | low
  }
  if (legal < 0) buffer.fill(0, start, start + 16)
}

/** The same from the 36 digits and hyphens that stand at `from`, which were checked. */
export function putUuidDigits(buffer: Buffer, source: Uint8Array, from: number, start: number): void {
  for (let index = 0; index < 16; index += 1) {
    const at = from + (digitPlaces[index] as number)
    buffer[start + index] =
      ((hexValue[source[at] as number] as number) << 4) | (hexValue[source[at + 1] as number] as number)
  }
}
