import type { RecordHeader } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import type { TransformedRecord } from './replay-transform.ts'

const wanted =
  'it answers at once, with null (the entry is left out) or with an object of key, value and headers (what it leaves out stays as it was)'
const wantedBytes = 'bytes (Uint8Array) or null'
const wantedHeaders = 'a list of objects with name and value'

/**
 * What a transform answered, checked: config files and casts know no types, and whatever is not looked at here would be published.
 *
 * @param name of the transform, for the message
 * @throws ReplayError `REPLAY_ENTRY_REFUSED`
 */
export function readTransformed(answer: unknown, name: string): TransformedRecord | null {
  if (answer === null) return null
  if (!isPlainObject(answer)) throw refused(name, `it returned ${kindOf(answer)}`)
  const problems: string[] = []
  const made: { -readonly [Field in keyof TransformedRecord]: TransformedRecord[Field] } = {}
  // Each field is read once: what was checked is what is published.
  for (const [field, value] of Object.entries(answer)) {
    if (field === 'key' || field === 'value') {
      if (isBytesOrNull(value)) made[field] = value
      else problems.push(`${field}: ${wantedBytes}, not ${kindOf(value)}`)
    } else if (field === 'headers') {
      made.headers = readHeaders(value, problems)
    } else {
      problems.push(`${field}: a record is made of key, value and headers alone`)
    }
  }
  if (problems.length > 0) throw refused(name, problems.join('; '))
  return made
}

function readHeaders(value: unknown, problems: string[]): readonly RecordHeader[] {
  if (!Array.isArray(value)) {
    problems.push(`headers: ${wantedHeaders}, not ${kindOf(value)}`)
    return []
  }
  return Array.from(value, (header: unknown, index): RecordHeader => {
    const { name, value: bytes } = (header ?? {}) as { readonly name?: unknown; readonly value?: unknown }
    if (typeof name === 'string' && isBytesOrNull(bytes)) return { name, value: bytes }
    problems.push(
      typeof name === 'string'
        ? `headers[${index}].value: ${wantedBytes}, not ${kindOf(bytes)}`
        : `headers[${index}].name: a text, not ${kindOf(name)}`,
    )
    return { name: '', value: null }
  })
}

function refused(name: string, problem: string): ReplayError {
  return new ReplayError(`transform ${JSON.stringify(name)}: ${problem}; ${wanted}`, { code: 'REPLAY_ENTRY_REFUSED' })
}

function isBytesOrNull(value: unknown): value is Uint8Array | null {
  return value === null || value instanceof Uint8Array
}

/** A Map, bytes or an instance of a class have no fields of their own, and would pass for "nothing changed". */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || isThenable(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof Reflect.get(value, 'then') === 'function'
  )
}

/** What it is, without showing what it holds. */
function kindOf(value: unknown): string {
  if (isThenable(value)) {
    // Nobody waits for it, so its rejection would end the process.
    value.then(undefined, () => undefined)
    return 'a promise'
  }
  if (value === undefined) return 'undefined'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value !== 'object') return `a ${typeof value}`
  const { name } = (value.constructor ?? {}) as { readonly name?: unknown }
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : 'an object'
}
