/** When so many records fail that the fault is hardly theirs. */
export interface FloodBounds {
  /** How many of the last records are looked at. @default 100 */
  readonly records: number
  /** So many of them to be set aside are a flood. @default 50 */
  readonly deadLetters: number
  /** So many in a row with one fingerprint are a flood too. @default 20 */
  readonly inARow: number
}

/** When the flow of a topic is stopped because its records fail, and how it is tried whether they still do. */
export interface FloodGuardOptions extends Partial<FloodBounds> {
  /** How often one record is tried while the flow is stopped, in milliseconds. @default 30_000 */
  readonly probeEveryMs?: number
}

export const floodDefaults: Required<FloodGuardOptions> = {
  records: 100,
  deadLetters: 50,
  inARow: 20,
  probeEveryMs: 30_000,
}
