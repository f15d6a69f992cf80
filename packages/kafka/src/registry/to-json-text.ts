/** A decoded Avro value as JSON text. Bytes, which JSON does not have, become base64. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value, function base64(this: unknown, key: string, item: unknown) {
    // A Buffer turns itself into a list of numbers before it comes here; its owner still has it.
    const original = (this as Readonly<Record<string, unknown>>)[key]
    if (original instanceof Uint8Array) return Buffer.from(original).toString('base64')
    return typeof item === 'bigint' ? item.toString() : item
  })
}
