import { eventNameProblem } from '../definition/event-name.ts'
import type { EventIssue } from '../errors/event-issue.ts'
import type { EventPayload, EventSubject } from './envelope.ts'
import { joinPath } from './json-path.ts'
import { isUuid } from './text-rules.ts'
import { canonicalTimestamp } from './timestamp.ts'

/**
 * Reads one value of the wire. Always returns a value of the right type, so that reading goes on and finds every issue; where there are issues
 * nothing of what was read is used. Written by hand: this runs for every record of every topic.
 */
export type Reader<Value> = (value: unknown, path: string, issues: EventIssue[]) => Value

/** An object as `JSON.parse` makes it. */
export type WireObject = Readonly<Record<string, unknown>>

export function isWireObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A field that may be absent; `null` is the same, since other languages write it so. */
export function optional<Value>(
  value: unknown,
  path: string,
  issues: EventIssue[],
  read: Reader<Value>,
): Value | undefined {
  return value === undefined || value === null ? undefined : read(value, path, issues)
}

export function readText(value: unknown, path: string, issues: EventIssue[]): string {
  if (isText(value)) return value
  issues.push(wrong(value, path, 'must be a text that is not empty'))
  return ''
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

export function readUuid(value: unknown, path: string, issues: EventIssue[]): string {
  if (isUuid(value)) return value
  issues.push(wrong(value, path, 'must be a UUID'))
  return ''
}

export function readEventName(value: unknown, path: string, issues: EventIssue[]): string {
  if (typeof value === 'string' && eventNameProblem(value) === undefined) return value
  issues.push(wrong(value, path, 'must be two or more words of a-z, 0-9 and _ joined by dots'))
  return ''
}

export function readVersion(value: unknown, path: string, issues: EventIssue[]): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value
  issues.push(wrong(value, path, 'must be an integer from 1 to 65535'))
  return 0
}

export function readTimestamp(value: unknown, path: string, issues: EventIssue[]): string {
  const canonical = typeof value === 'string' ? canonicalTimestamp(value) : undefined
  if (canonical !== undefined) return canonical
  issues.push(wrong(value, path, 'must be an RFC 3339 time that exists, with its offset'))
  return ''
}

export function readSubject(value: unknown, path: string, issues: EventIssue[]): EventSubject {
  if (isWireObject(value)) {
    const { type, id } = value
    if (isText(type) && isText(id)) return { type, id }
    return { type: readText(type, `${path}.type`, issues), id: readText(id, `${path}.id`, issues) }
  }
  issues.push(wrong(value, path, 'must be an object with type and id'))
  return { type: '', id: '' }
}

export function readPayload(value: unknown, path: string, issues: EventIssue[]): EventPayload {
  if (isWireObject(value)) return value
  issues.push(wrong(value, path, 'must be an object'))
  return {}
}

export function readNumber(value: unknown, path: string, issues: EventIssue[]): number {
  // `1e400` is legal JSON and reads as Infinity.
  if (typeof value === 'number' && Number.isFinite(value)) return value
  issues.push(wrong(value, path, 'must be a number'))
  return 0
}

export function readNumbers(value: unknown, path: string, issues: EventIssue[]): Readonly<Record<string, number>> {
  if (!isWireObject(value)) {
    issues.push(wrong(value, path, 'must be an object of numbers'))
    return {}
  }
  for (const [key, member] of Object.entries(value)) {
    if (typeof member !== 'number' || !Number.isFinite(member)) readNumber(member, joinPath(path, key), issues)
  }
  // Checked member by member above.
  return value as Readonly<Record<string, number>>
}

function wrong(value: unknown, path: string, message: string): EventIssue {
  return { path, message: value === undefined ? 'is missing' : message }
}
