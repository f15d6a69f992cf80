import type { Parameters } from '../../clickhouse/statement.ts'
import type { Comparison } from './comparison.ts'
import { allOf, anyOf, not } from './condition.ts'
import { doubleOf, exactNumber, isPlain } from './literals.ts'
import type { PayloadPath } from './payload-path.ts'
import { type PayloadTerms, payloadTerms } from './payload-terms.ts'
import { type Truth, unknownTruth } from './truth.ts'

/** `has(payload.after.total)` */
export function payloadPresence(path: PayloadPath, parameters: Parameters): Truth {
  const { isNamed, isThere, isDoubtful } = payloadTerms(path, parameters)
  return settled(path, {
    possibly: allOf(isNamed, anyOf(isThere, isDoubtful)),
    surely: allOf(isThere, not(isDoubtful)),
    // The server reads a member of an object by its place, too; a filter does not.
    possiblyNot: hasPlaces(path) ? 'true' : anyOf(not(isThere), isDoubtful),
    surelyNot: allOf(not(isThere), not(isDoubtful)),
  })
}

/** A value of the payload as a condition, true or false itself. */
export function payloadCondition(path: PayloadPath, parameters: Parameters): Truth {
  const terms = payloadTerms(path, parameters)
  return ordered(path, terms, `${terms.boolean} = 1`, `${terms.type} = 'Bool'`)
}

/** A comparison with a constant; `undefined` where SQL says no more than that there must be a value. */
export function payloadTruth(path: PayloadPath, comparison: Comparison, parameters: Parameters): Truth | undefined {
  const terms = payloadTerms(path, parameters)
  switch (comparison.kind) {
    case 'equal':
      return equalTruth(path, terms, [comparison.value], parameters)
    case 'member':
      return equalTruth(path, terms, comparison.values, parameters)
    case 'order': {
      const { operator, value } = comparison
      const number = exactNumber(value)
      if (number !== undefined) {
        return ordered(path, terms, `${terms.number} ${operator} ${doubleOf(number, parameters)}`, isNumber(terms))
      }
      if (typeof value !== 'string' || !isPlain(value)) return undefined
      return ordered(path, terms, `${terms.text} ${operator} ${parameters.one(value, 'String')}`, isText(terms))
    }
    case 'text': {
      const { test, part } = comparison
      if (!isPlain(part)) return undefined
      const sought = parameters.one(part, 'String')
      if (test !== 'contains') return ordered(path, terms, `${test}(${terms.text}, ${sought})`, isText(terms))
      const isShort = `length(${terms.text}) < ${shortText}`
      return ordered(path, terms, `position(${terms.text}, ${sought}) > 0`, allOf(isText(terms), isShort))
    }
  }
}

/** Beyond, `contains` might take more steps than an evaluation has. */
const shortText = 1_000

const isNumber = ({ type }: PayloadTerms): string => `${type} IN ('Int64', 'UInt64', 'Double')`
const isText = ({ type }: PayloadTerms): string => `${type} = 'String'`

/** A test that only values of one type pass or fail; for all others the filter fails, and neither side holds. */
function ordered(path: PayloadPath, terms: PayloadTerms, test: string, isOfType: string): Truth {
  const { isNamed, isDoubtful } = terms
  return settled(path, {
    possibly: allOf(isNamed, anyOf(test, isDoubtful)),
    surely: allOf(isNamed, test, isOfType, not(isDoubtful)),
    possiblyNot: allOf(isNamed, anyOf(not(test), isDoubtful)),
    surelyNot: allOf(isNamed, not(test), isOfType, not(isDoubtful)),
  })
}

/** Equality with any of some values of one type. What has another type is not equal, which is an answer. */
function equalTruth(
  path: PayloadPath,
  terms: PayloadTerms,
  values: readonly unknown[],
  parameters: Parameters,
): Truth | undefined {
  const test = equalityTest(terms, values, parameters)
  if (test === undefined) return undefined
  const { isNamed, isThere, isDoubtful } = terms
  const differs = anyOf(not(test.isOne), not(test.isOfType))
  return settled(path, {
    possibly: allOf(isNamed, test.mayStand, anyOf(test.isOne, isDoubtful)),
    surely: allOf(isNamed, isThere, test.isOne, test.isOfType, not(isDoubtful)),
    possiblyNot: allOf(isNamed, anyOf(differs, isDoubtful)),
    surelyNot: allOf(isNamed, isThere, differs, not(isDoubtful)),
  })
}

interface EqualityTest {
  readonly isOne: string
  readonly isOfType: string
  /** Cheap, and needed for equality: the text of the event has the value somewhere. */
  readonly mayStand: string
}

function equalityTest(
  terms: PayloadTerms,
  values: readonly unknown[],
  parameters: Parameters,
): EqualityTest | undefined {
  const [first] = values
  if (values.length === 0) return { isOne: 'false', isOfType: 'true', mayStand: 'true' }
  if (values.every((value) => typeof value === 'string' && isPlain(value))) {
    const lists = parameters.lists(values as readonly string[], 'String')
    const mayStand = values.length > 3 ? 'true' : anyOf(...(values as string[]).map(terms.names))
    return { isOne: anyOf(...lists.map((list) => `${terms.text} IN ${list}`)), isOfType: isText(terms), mayStand }
  }
  const numbers = values.map(exactNumber)
  if (numbers.every((number) => number !== undefined)) {
    const tests = numbers.map((number) => `${terms.number} = ${doubleOf(number, parameters)}`)
    return { isOne: anyOf(...tests), isOfType: isNumber(terms), mayStand: 'true' }
  }
  if (values.length > 1) return undefined
  if (first === null) return { isOne: `${terms.type} = 'Null'`, isOfType: 'true', mayStand: 'true' }
  if (typeof first !== 'boolean') return undefined
  return { isOne: `${terms.boolean} = ${first ? 1 : 0}`, isOfType: `${terms.type} = 'Bool'`, mayStand: 'true' }
}

/** Behind a place in a list nothing is sure: the server reads members of objects by their place as well. */
function settled(path: PayloadPath, truth: Truth): Truth {
  return hasPlaces(path) ? { ...truth, surely: 'false', surelyNot: 'false' } : truth
}

function hasPlaces(path: PayloadPath): boolean {
  return path.some((step) => typeof step === 'number')
}

/** That there may be a value, for parts that SQL says nothing more of. */
export function payloadNeeded(path: PayloadPath, parameters: Parameters): Truth {
  return unknownTruth(payloadTerms(path, parameters).isNamed)
}
