import { redriveIdHeader } from '@ledgerbus/core'

/** Names of the headers a redriven record carries. */
export const redriveHeaders: {
  readonly id: typeof redriveIdHeader
  readonly count: 'lb-redrive-count'
  readonly of: 'lb-redrive-of'
  readonly again: 'lb-redrive-again'
} = Object.freeze({
  /** The run that published it. */
  id: redriveIdHeader,
  /** How many times its dead letter was redriven, this time included. */
  count: 'lb-redrive-count',
  /** Its dead letter: `<topic>/<partition>/<offset>`. */
  of: 'lb-redrive-of',
  /** `true`: to be handled also where it was handled before. */
  again: 'lb-redrive-again',
})
