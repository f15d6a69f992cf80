/** Kafka's signed varints: zigzag, then seven bits a byte, the lowest first. Exact below 2^52. */
function zigZag(value: number): number {
  return value >= 0 ? value * 2 : value * -2 - 1
}

/** Bytes that {@link writeVarint} takes for `value`. */
export function sizeOfVarint(value: number): number {
  let bytes = 1
  // Division, not shifts: those cut to 32 bits.
  for (let rest = zigZag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1
  return bytes
}

/** Writes `value` at `at`; returns where the next one stands. */
export function writeVarint(target: Uint8Array, value: number, at: number): number {
  let rest = zigZag(value)
  let place = at
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
    target[place] = (rest % 0x80) + 0x80
    place += 1
  }
  target[place] = rest
  return place + 1
}
