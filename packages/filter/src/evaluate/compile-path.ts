import { headerText, toWireEnvelope } from '@ledgerbus/core'
import type { FilterField, FilterRootNode } from '../syntax/filter-node.ts'
import { missing } from './failure.ts'
import { parseTimestamp } from './moment.ts'
import type { Problems } from './problems.ts'
import { type Evaluate, pay, type Run } from './run.ts'
import { kindOf } from './value-kind.ts'

/** A root: a field of the envelope under the name it has on the wire, or the headers of the record. */
export function compileRoot({ name }: FilterRootNode, problems: Problems): Evaluate {
  switch (name) {
    case 'headers':
      return (run) => headersOf(run) ?? problems.tooCostly()
    case 'version':
      return ({ envelope: { version } }) => (Number.isSafeInteger(version) ? BigInt(version) : present(version))
    case 'timestamp':
      return (run) => timestampOfEvent(run, problems)
    case 'name':
    case 'source':
    case 'entity':
    case 'action':
    case 'actor':
    case 'payload':
      // Spelled alike in the envelope and on the wire.
      return (run) => present(run.envelope[name])
    case 'event_id':
    case 'correlation_id':
    case 'causation_id':
    case 'organization_id':
    case 'metrics':
      return (run) => present((run.wire ??= toWireEnvelope(run.envelope))[name])
  }
}

function present(value: unknown): unknown {
  return value === undefined ? missing : value
}

/** A calendar taken apart and put together. */
const stepsOfTimestamp = 20

function timestampOfEvent(run: Run, problems: Problems): unknown {
  if (!pay(run, stepsOfTimestamp)) return problems.tooCostly()
  const timestamp = parseTimestamp(run.envelope.timestamp)
  return timestamp ?? problems.notConvertible('the timestamp of the event is not in RFC 3339')
}

/** `headers.name`, without reading the other headers. */
export function compileHeader(name: string, problems: Problems): Evaluate {
  return (run) => {
    const text = headerText(run.headers, name) ?? missing
    const steps = (run.headers.length >>> 3) + (typeof text === 'string' ? text.length >>> 5 : 0)
    return pay(run, steps) ? text : problems.tooCostly()
  }
}

/** All headers by name; the last wins where a name repeats, as for one. */
function headersOf(run: Run): Readonly<Record<string, string | null>> | undefined {
  if (run.headerMap !== undefined) return run.headerMap
  const bytes = run.headers.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
  if (!pay(run, run.headers.length * 8 + (bytes >>> 5))) return undefined
  // fromEntries defines keys: `__proto__` is one like any other.
  run.headerMap = Object.fromEntries(
    run.headers.map((header) => [header.name, headerText([header], header.name) ?? null]),
  )
  return run.headerMap
}

export function compileField({ name }: FilterField, of: Evaluate, problems: Problems): Evaluate {
  return (run) => fieldOf(of(run), name, problems)
}

/** Own keys only: nothing is inherited from an object's prototype. A key `constructor` of the event is one like any other. */
function fieldOf(value: unknown, name: string, problems: Problems): unknown {
  if (isMap(value)) {
    if (Object.hasOwn(value, name)) return present(value[name])
    // A failure, a timestamp and a duration are objects too, without keys that are strings.
    if (kindOf(value) === 'map') return missing
  }
  return problems.wrongType('only a map has fields', value)
}

export function compileIndex(of: Evaluate, index: Evaluate, problems: Problems): Evaluate {
  return (run) => {
    const value = of(run)
    const at = index(run)
    if (Array.isArray(value)) {
      if (typeof at === 'number' || typeof at === 'bigint') return present((value as readonly unknown[])[Number(at)])
    } else if (isMap(value) && typeof at === 'string') {
      return fieldOf(value, at, problems)
    }
    return problems.wrongTypes('"[…]" reads a list by a number or a map by a string', value, at)
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
