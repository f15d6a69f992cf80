import type { EventIssue } from '../errors/event-issue.ts'
import type { RecordHeader } from '../ports/record.ts'
import { joinPath } from './json-path.ts'
import { isPrintable, isWellFormed, utf8Length } from './text-rules.ts'

/** How much a published record may carry in headers. */
export const headerLimits: {
  /** Headers of one record, ours included. */
  readonly count: number
  /** Bytes of one header's value. */
  readonly valueBytes: number
  /** Bytes of all names and values. 12 KiB of 64 KiB stay free for what retries and dead letters add. */
  readonly totalBytes: number
} = Object.freeze({ count: 64, valueBytes: 8_192, totalBytes: 53_248 })

const maxNameLength = 255

/** What is wrong with headers of the user's own. */
export function userHeaderIssues(headers: unknown): EventIssue[] {
  if (headers === undefined) return []
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    return [{ path: 'headers', message: 'must be an object of texts' }]
  }
  return Object.entries(headers).flatMap(([name, value]) => {
    const message = headerProblem(name, value)
    return message === undefined ? [] : [{ path: joinPath('headers', name), message }]
  })
}

function headerProblem(name: string, value: unknown): string | undefined {
  if (name === '' || name.length > maxNameLength) return `a header's name has 1 to ${maxNameLength} characters`
  if (!isPrintable(name)) return "a header's name must not contain control characters"
  if (/^(?:lb-|ce_)/i.test(name)) return 'names that begin with lb- or ce_ are ours'
  if (name.toLowerCase() === 'content-type') return 'content-type is ours: it says how the value is encoded'
  if (typeof value !== 'string') return 'must be a text'
  return isWellFormed(value) ? undefined : 'must not contain halves of surrogate pairs'
}

/** What is wrong with the size of a record's headers. */
export function headerSizeIssues(headers: readonly RecordHeader[]): EventIssue[] {
  const issues: EventIssue[] = []
  if (headers.length > headerLimits.count) {
    issues.push({ path: 'headers', message: `${headers.length} headers, at most ${headerLimits.count} with ours` })
  }
  let total = 0
  for (const { name, value } of headers) {
    const bytes = value?.length ?? 0
    total += utf8Length(name) + bytes
    if (bytes > headerLimits.valueBytes) {
      issues.push({ path: joinPath('headers', name), message: `${bytes} bytes, at most ${headerLimits.valueBytes}` })
    }
  }
  if (total > headerLimits.totalBytes) {
    issues.push({ path: 'headers', message: `${total} bytes in all, at most ${headerLimits.totalBytes} with ours` })
  }
  return issues
}
