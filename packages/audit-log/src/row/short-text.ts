/**
 * Writes a text of few characters in UTF-8. ASCII by hand: most texts are short, and the call into the engine costs more than the loop.
 *
 * @returns how many bytes it takes
 */
export function putShortText(buffer: Buffer, value: string, start: number): number {
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index)
    if (unit > 127) return buffer.write(value, start, 'utf8')
    buffer[start + index] = unit
  }
  return value.length
}
