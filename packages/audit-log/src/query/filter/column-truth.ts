import type { FilterNode } from '@ledgerbus/filter'
import type { Parameters } from '../../clickhouse/statement.ts'
import type { AuditColumn } from '../../row/audit-columns.ts'
import { momentOf } from '../../clickhouse/moment.ts'
import type { Comparison } from './comparison.ts'
import { allOf, anyOf, not } from './condition.ts'
import { doubleOf, isPlain, replacement } from './literals.ts'
import { exactTruth, type Truth, unknownTruth } from './truth.ts'

/** A value of the envelope that has a column of its own. */
export type Column =
  /** Empty where it is absent. */
  | { readonly kind: 'text'; readonly name: AuditColumn }
  /** Nil where it is absent; its spelling is not kept. */
  | { readonly kind: 'uuid'; readonly name: AuditColumn; readonly isOptional: boolean }
  | { readonly kind: 'version' }
  | { readonly kind: 'timestamp' }

const columns: Readonly<Record<string, Column>> = {
  name: { kind: 'text', name: 'event_name' },
  source: { kind: 'text', name: 'event_source' },
  action: { kind: 'text', name: 'action' },
  organization_id: { kind: 'text', name: 'organization_id' },
  'entity.type': { kind: 'text', name: 'entity_type' },
  'entity.id': { kind: 'text', name: 'entity_id' },
  'actor.type': { kind: 'text', name: 'actor_type' },
  'actor.id': { kind: 'text', name: 'actor_id' },
  event_id: { kind: 'uuid', name: 'event_id', isOptional: false },
  correlation_id: { kind: 'uuid', name: 'correlation_id', isOptional: false },
  causation_id: { kind: 'uuid', name: 'causation_id', isOptional: true },
  version: { kind: 'version' },
  timestamp: { kind: 'timestamp' },
}

/** The column of a name, or of a field of `entity` and `actor`. */
export function columnOf(node: FilterNode): Column | undefined {
  if (node.kind === 'root') return columns[node.name]
  if (node.kind !== 'field' || node.of.kind !== 'root') return undefined
  return columns[`${node.of.name}.${node.name}`]
}

/** `has(entity)`, `has(organization_id)`; every name that is asked for is a column or the envelope cannot be without it. */
export function columnPresence(node: FilterNode): Truth | undefined {
  if (node.kind === 'root' && (node.name === 'entity' || node.name === 'actor'))
    return textPresence(`${node.name}_type`)
  if (node.kind === 'root' && node.name === 'payload') return exactTruth('true', 'false')
  const column = columnOf(node)
  switch (column?.kind) {
    case undefined:
      return undefined
    case 'text':
      return textPresence(column.name)
    case 'uuid':
      if (!column.isOptional) return exactTruth('true', 'false')
      // An event may name the nil UUID as its cause.
      return {
        possibly: 'true',
        surely: isGiven(column.name),
        possiblyNot: not(isGiven(column.name)),
        surelyNot: 'false',
      }
    case 'version':
      return exactTruth('true', 'false')
    case 'timestamp':
      return exactTruth(hasLegalTime, not(hasLegalTime))
  }
}

/** A comparison with a constant; `undefined` where SQL says nothing of it. */
export function columnTruth(column: Column, comparison: Comparison, parameters: Parameters): Truth | undefined {
  switch (column.kind) {
    case 'text':
      return textTruth(column.name, comparison, parameters)
    case 'uuid':
      return uuidTruth(column.name, comparison, parameters)
    case 'version':
      return versionTruth(comparison, parameters)
    case 'timestamp':
      return timestampTruth(comparison, parameters)
  }
}

const nil = "'00000000-0000-0000-0000-000000000000'"
const isGiven = (name: AuditColumn): string => `${name} != ${nil}`

function textPresence(name: string): Truth {
  return exactTruth(`${name} != ''`, `${name} = ''`)
}

/** Texts are never empty where they are present. */
function within(name: AuditColumn, condition: string): Truth {
  const isPresent = `${name} != ''`
  return exactTruth(allOf(isPresent, condition), allOf(isPresent, not(condition)))
}

/** Beyond, `contains` might take more steps than an evaluation has. */
const shortText = 1_000

function textTruth(name: AuditColumn, comparison: Comparison, parameters: Parameters): Truth | undefined {
  switch (comparison.kind) {
    case 'equal':
      if (typeof comparison.value !== 'string' || !isPlain(comparison.value)) return undefined
      return within(name, `${name} = ${parameters.one(comparison.value, 'String')}`)
    case 'member': {
      const texts = comparison.values.filter((value) => typeof value === 'string')
      if (texts.length < comparison.values.length || !texts.every(isPlain)) return undefined
      return within(name, anyOf(...parameters.lists(texts, 'String').map((list) => `${name} IN ${list}`)))
    }
    case 'order': {
      if (typeof comparison.value !== 'string' || !isPlain(comparison.value)) return undefined
      const { possibly, possiblyNot } = within(
        name,
        `${name} ${comparison.operator} ${parameters.one(comparison.value, 'String')}`,
      )
      // What stands in the column for half of a pair is ordered elsewhere than the half itself.
      const isAltered = `position(${name}, '${replacement}') > 0`
      return {
        possibly: anyOf(possibly, isAltered),
        surely: allOf(possibly, not(isAltered)),
        possiblyNot: anyOf(possiblyNot, isAltered),
        surelyNot: allOf(possiblyNot, not(isAltered)),
      }
    }
    case 'text': {
      if (!isPlain(comparison.part)) return undefined
      const part = parameters.one(comparison.part, 'String')
      if (comparison.test !== 'contains') return within(name, `${comparison.test}(${name}, ${part})`)
      const { possibly, possiblyNot } = within(name, `position(${name}, ${part}) > 0`)
      const isShort = `length(${name}) < ${shortText}`
      return { possibly, surely: allOf(possibly, isShort), possiblyNot, surelyNot: allOf(possiblyNot, isShort) }
    }
  }
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The event may spell it in capitals, and the filter compares the spelling. */
function uuidTruth(name: AuditColumn, comparison: Comparison, parameters: Parameters): Truth | undefined {
  if (comparison.kind !== 'equal' && comparison.kind !== 'member') return undefined
  const values = comparison.kind === 'equal' ? [comparison.value] : comparison.values
  const ids = values.filter((value) => typeof value === 'string' && uuid.test(value)) as string[]
  const isOne = anyOf(...parameters.lists(ids, 'UUID').map((list) => `${name} IN ${list}`))
  return { possibly: isOne, surely: 'false', possiblyNot: 'true', surelyNot: allOf(isGiven(name), not(isOne)) }
}

function versionTruth(comparison: Comparison, parameters: Parameters): Truth | undefined {
  if (comparison.kind === 'text') return undefined
  const one = (operator: string, value: unknown): string | undefined => {
    if (typeof value === 'bigint') return `event_version ${operator} ${parameters.one(value, 'Int64')}`
    return typeof value === 'number' ? `event_version ${operator} ${doubleOf(value, parameters)}` : undefined
  }
  if (comparison.kind === 'order') return decided(one(comparison.operator, comparison.value))
  const values = comparison.kind === 'equal' ? [comparison.value] : comparison.values
  const conditions = values.map((value) => one('=', value))
  return conditions.includes(undefined) ? undefined : decided(anyOf(...(conditions as string[])))
}

function decided(condition: string | undefined): Truth | undefined {
  return condition === undefined ? undefined : exactTruth(condition, not(condition))
}

/** The envelope may be of the year 0; a filter knows the years 1 to 9999. */
const hasLegalTime = `timestamp >= fromUnixTimestamp64Milli(toInt64(-62135596800000), 'UTC')`

function timestampTruth(comparison: Comparison, parameters: Parameters): Truth | undefined {
  const msOf = (value: unknown): number | undefined =>
    typeof value === 'object' && value !== null && 'timestampMs' in value ? (value.timestampMs as number) : undefined
  if (comparison.kind !== 'equal' && comparison.kind !== 'order') return unknownTruth(hasLegalTime)
  const ms = msOf(comparison.value)
  if (ms === undefined) return undefined
  const operator = comparison.kind === 'equal' ? '=' : comparison.operator
  const condition = `timestamp ${operator} ${momentOf(ms, parameters)}`
  return exactTruth(allOf(hasLegalTime, condition), allOf(hasLegalTime, not(condition)))
}
