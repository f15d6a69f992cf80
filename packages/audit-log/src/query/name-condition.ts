import { type EventPattern, isLedgerbusError, parseEventPattern } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { Parameters } from '../clickhouse/statement.ts'

/**
 * Entries whose event has one of the names, or fits one of the patterns. Names go through the dictionary of the column; patterns become one
 * regular expression, which RE2 runs in linear time.
 *
 * @throws AuditLogError `AUDIT_SELECTION_INVALID` for a malformed pattern
 */
export function nameCondition(names: readonly string[], parameters: Parameters): string {
  const patternsAndNames = names.map(parsed)
  const exact = patternsAndNames.filter(({ segments }) => !segments.some(isWildcard)).map(({ text }) => text)
  const patterns = patternsAndNames.filter(({ segments }) => segments.some(isWildcard))
  const conditions = parameters.lists(exact, 'String').map((list) => `event_name IN ${list}`)
  for (let start = 0; start < patterns.length; start += patternsPerExpression) {
    const part = patterns.slice(start, start + patternsPerExpression)
    const expression = `^(?:${part.map(expressionOf).join('|')})$`
    conditions.push(`match(concat('.', event_name), ${parameters.one(expression, 'String')})`)
  }
  // Entries without an event have no name; erased ones keep theirs.
  return `event_name != '' AND (${conditions.join(' OR ')})`
}

function parsed(text: string): EventPattern {
  try {
    return parseEventPattern(text)
  } catch (cause) {
    if (!isLedgerbusError(cause)) throw cause
    throw new AuditLogError(`the selection cannot be asked: ${cause.message}`, {
      code: 'AUDIT_SELECTION_INVALID',
      cause,
    })
  }
}

/** A pattern has at most 200 characters, and each becomes at most six: so many surely fit into one parameter. */
const patternsPerExpression = 100

const isWildcard = (segment: string): boolean => segment === '*' || segment === '**'

/**
 * A pattern as a regular expression over `.` and the name, so that every word has its dot and "none" needs no case of its own. The words of a
 * pattern are letters, digits and `_`: there is nothing to escape.
 */
function expressionOf({ segments }: EventPattern): string {
  return segments
    .map((segment) => {
      if (segment === '**') return '(?:\\.[^.]*)*'
      return segment === '*' ? '\\.[^.]*' : `\\.${segment}`
    })
    .join('')
}
