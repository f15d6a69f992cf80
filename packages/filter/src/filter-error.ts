import { ConfigurationError } from '@ledgerbus/core'
import { printable } from './printable.ts'

/** One thing that is wrong with the text of a filter. */
export interface FilterIssue {
  /** What is wrong and what to write instead. */
  readonly message: string
  /** Where in the text, from 0, in UTF-16 units. */
  readonly position: number
}

/** A text that is no filter, with everything that is wrong with it and the place of each. */
export class FilterError extends ConfigurationError {
  /** As it was written. */
  readonly text: string
  /** At least one, in the order of the text. */
  readonly issues: readonly FilterIssue[]

  constructor(text: string, issues: readonly FilterIssue[]) {
    const shown = issues
      .map(({ message, position }) => ({ message: printable(message), position }))
      .toSorted((left, right) => left.position - right.position)
    super(
      'filter',
      shown.map((issue) => drawing(text, issue)),
      { code: 'FILTER_INVALID' },
    )
    this.text = text
    this.issues = shown
  }
}

const shownBefore = 60
const shownAfter = 40
/**
 * The line, a caret under the place, and the message behind it, so that several in a row still read one by one:
 *
 *     column 9
 *         payload.aftr.total >= 1000
 *                 ^ payload has before, after and extra, not "aftr"; did you mean "after"?
 */
function drawing(text: string, { message, position }: FilterIssue): string {
  const lines = text.slice(0, position).split('\n')
  const before = lines.at(-1) ?? ''
  const [after = ''] = text.slice(position).split('\n', 1)
  const column = before.length + 1
  const left = printable(before.length > shownBefore ? `…${before.slice(-shownBefore)}` : before)
  const right = printable(after.length > shownAfter ? `${after.slice(0, shownAfter)}…` : after)
  const place = lines.length > 1 ? `line ${lines.length}, column ${column}` : `column ${column}`
  return `${place}\n    ${left}${right}\n    ${left.replaceAll(/./gu, ' ')}^ ${message}`
}
