/** The steps of making something of an entry, in their order. */
export type EntryStep = 'framed' | 'undecodable' | 'unknown' | 'notUpcast' | 'invalid'

/** What an entry fails at, and why, in words without values of its payload. */
export interface EntryProblem {
  readonly kind: 'problem'
  readonly step: EntryStep
  /** That of the entry in the list of errors, where a run fails at it. */
  readonly code: string
  readonly problem: string
}
