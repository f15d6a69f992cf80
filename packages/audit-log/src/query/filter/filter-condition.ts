import type { FilterNode } from '@ledgerbus/filter'
import { constantOf, partsOf } from '@ledgerbus/filter'
import type { Parameters } from '../../clickhouse/statement.ts'
import { columnOf, columnPresence, columnTruth } from './column-truth.ts'
import { type ComparedValue, comparedValue } from './comparison.ts'
import { allOf } from './condition.ts'
import { headerNameOf, headerPresence, headerTruth } from './header-truth.ts'
import { payloadPathOf } from './payload-path.ts'
import { payloadCondition, payloadNeeded, payloadPresence, payloadTruth } from './payload-truth.ts'
import { both, choice, constantTruth, either, opposite, type Truth, unknownTruth } from './truth.ts'

/** A filter in SQL: what may match, and what does. Both are the same text where SQL decides for every row. */
export interface FilterCondition {
  /** No row without it matches. */
  readonly possibly: string
  /** Every row with it matches. */
  readonly surely: string
}

/**
 * A filter as conditions over the table, its constants bound. SQL may let pass what the filter refuses, never the reverse: where the server and the
 * process could read a value differently, the row passes, and the process decides.
 *
 * @param tree of a compiled filter
 */
export function filterCondition(tree: FilterNode, parameters: Parameters): FilterCondition {
  const translating: Translating = { parameters, isCostly: false }
  const { possibly, surely } = truthOf(translating, tree)
  const isEvent = "record_status = 'ok'"
  // A part of which SQL knows nothing may use up the steps of an evaluation, and then the filter has no answer.
  return { possibly: allOf(isEvent, possibly), surely: translating.isCostly ? 'false' : allOf(isEvent, surely) }
}

interface Translating {
  readonly parameters: Parameters
  /** Whether some part may take any number of steps. */
  isCostly: boolean
}

/** Choices within conditions of choices double what is in them. */
const longest = 20_000

function truthOf(translating: Translating, node: FilterNode): Truth {
  const truth = translated(translating, node)
  const isShort = Object.values<string>({ ...truth }).every((condition) => condition.length <= longest)
  return isShort ? truth : unknown(translating, node)
}

function translated(translating: Translating, node: FilterNode): Truth {
  const constant = constantOf(node)
  if (typeof constant === 'boolean') return constantTruth(constant)
  switch (node.kind) {
    case 'not':
      return opposite(truthOf(translating, node.of))
    case 'logic': {
      const sides = [truthOf(translating, node.left), truthOf(translating, node.right)] as const
      return node.operator === '&&' ? both(...sides) : either(...sides)
    }
    case 'choice':
      return choice(
        truthOf(translating, node.condition),
        truthOf(translating, node.whenTrue),
        truthOf(translating, node.whenFalse),
      )
    case 'presence':
      return presence(translating, node.of) ?? unknown(translating, node)
    case 'field':
    case 'index': {
      const path = payloadPathOf(node)
      return path === undefined ? unknown(translating, node) : payloadCondition(path, translating.parameters)
    }
    default: {
      const compared = comparedValue(node)
      const truth = compared === undefined ? undefined : comparison(translating, compared)
      return truth ?? unknown(translating, node)
    }
  }
}

function presence({ parameters }: Translating, of: FilterNode): Truth | undefined {
  const path = payloadPathOf(of)
  if (path !== undefined && path.length > 1) return payloadPresence(path, parameters)
  const header = headerNameOf(of)
  if (header === undefined) return columnPresence(of)
  const isThere = headerPresence(header, parameters)
  // The last header of a name counts, and null is none.
  return { ...unknownTruth('true'), possibly: isThere }
}

function comparison(
  { parameters }: Translating,
  { of, comparison: test, isNegated }: ComparedValue,
): Truth | undefined {
  const truth = ((): Truth | undefined => {
    const path = payloadPathOf(of)
    if (path !== undefined) return payloadTruth(path, test, parameters)
    const header = headerNameOf(of)
    if (header !== undefined) return headerTruth(header, test, parameters)
    const column = columnOf(of)
    return column === undefined ? undefined : columnTruth(column, test, parameters)
  })()
  return truth === undefined || !isNegated ? truth : opposite(truth)
}

function unknown(translating: Translating, node: FilterNode): Truth {
  translating.isCostly = true
  return unknownTruth(neededBy(translating, node))
}

/** What a row must have for a part to have any value: what an operator or a function works on. Each side of `&&` may do without the other. */
function neededBy(translating: Translating, node: FilterNode): string {
  const path = payloadPathOf(node)
  if (path !== undefined) return payloadNeeded(path, translating.parameters).possibly
  switch (node.kind) {
    case 'logic':
    case 'presence':
      return 'true'
    case 'choice':
      return neededBy(translating, node.condition)
    case 'loop':
      return neededBy(translating, node.of)
    default:
      return allOf(...partsOf(node).map((part) => neededBy(translating, part)))
  }
}
