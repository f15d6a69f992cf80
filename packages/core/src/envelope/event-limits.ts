/** How much one event may hold. Publishing refuses more, and so does decoding unless it is told otherwise. */
export const eventLimits: {
  /** Bytes of the record's value. */
  readonly maxBytes: number
  /** Nesting of arrays and objects; the envelope itself is 1, the parts of its payload are 3. */
  readonly maxDepth: number
  /** Keys over all objects of the value. */
  readonly maxKeys: number
} = Object.freeze({ maxBytes: 1_000_000, maxDepth: 64, maxKeys: 10_000 })
