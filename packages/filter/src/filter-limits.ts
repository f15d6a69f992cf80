/** How much one filter may be, and how much work one evaluation may be. */
export const filterLimits: {
  /** Bytes of the text in UTF-8. */
  readonly maxBytes: number
  /** Nodes of the syntax tree: each name, literal, operator and call is one. */
  readonly maxNodes: number
  /** How deep `exists`, `all`, `filter` and `map` stand in each other. */
  readonly maxLoopDepth: number
  /** Characters of a pattern of `re2`. */
  readonly maxPatternLength: number
  /** Instructions that a pattern of `re2` compiles to; each costs time for each character of a text. */
  readonly maxPatternSize: number
  /** Steps of one evaluation, about 40 ns each; beyond, the filter does not match and says so. */
  readonly maxSteps: number
} = Object.freeze({
  maxBytes: 4_096,
  maxNodes: 200,
  maxLoopDepth: 2,
  maxPatternLength: 200,
  maxPatternSize: 250,
  maxSteps: 100_000,
})
