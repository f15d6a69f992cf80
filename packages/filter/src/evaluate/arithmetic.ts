import type { FilterArithmetic } from '../syntax/filter-node.ts'
import { durationOf, msOfDuration, msOfTimestamp, timestampAt } from './moment.ts'
import type { Problems } from './problems.ts'
import { pay, type Run } from './run.ts'

type Operator = FilterArithmetic['operator']

/**
 * Two integers give an integer of 64 bits, an integer and a number give a number, as do two numbers, by the rules of IEEE 754.
 *
 * CEL has no operator for an integer and a number; since every number in JSON is a double, `payload.after.total + 1` would be an error.
 */
export function arithmetic(run: Run, operator: Operator, left: unknown, right: unknown, problems: Problems): unknown {
  if (typeof left === 'number') {
    if (typeof right === 'number') return ofNumbers(operator, left, right)
    if (typeof right === 'bigint') return ofNumbers(operator, left, Number(right))
  }
  if (typeof left === 'bigint') {
    if (typeof right === 'bigint') return ofIntegers(operator, left, right, problems)
    if (typeof right === 'number') return ofNumbers(operator, Number(left), right)
  }
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') {
    return pay(run, (left.length + right.length) >>> 5) ? left + right : problems.tooCostly()
  }
  if (operator === '+' || operator === '-') return ofMoments(operator, left, right, problems)
  return problems.wrongTypes(`"${operator}" takes numbers`, left, right)
}

function ofNumbers(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
  }
}

function ofIntegers(operator: Operator, left: bigint, right: bigint, problems: Problems): unknown {
  if (right === 0n && (operator === '/' || operator === '%')) return problems.outOfRange('division by zero')
  const result = exact(operator, left, right)
  return BigInt.asIntN(64, result) === result ? result : problems.outOfRange('the integer has more than 64 bits')
}

function exact(operator: Operator, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
  }
}

function ofMoments(operator: '+' | '-', left: unknown, right: unknown, problems: Problems): unknown {
  const leftTime = msOfTimestamp(left)
  const rightTime = msOfTimestamp(right)
  const leftSpan = msOfDuration(left)
  const rightSpan = msOfDuration(right)
  const sign = operator === '+' ? 1 : -1
  let result: unknown
  if (leftTime !== undefined && rightSpan !== undefined) result = timestampAt(leftTime + sign * rightSpan)
  else if (leftSpan !== undefined && rightSpan !== undefined) result = durationOf(leftSpan + sign * rightSpan)
  else if (leftSpan !== undefined && rightTime !== undefined && sign === 1) result = timestampAt(leftSpan + rightTime)
  else if (leftTime !== undefined && rightTime !== undefined && sign === -1) result = durationOf(leftTime - rightTime)
  else return problems.wrongTypes(`"${operator}" takes numbers, strings, timestamps or durations that fit`, left, right)
  return result ?? problems.outOfRange('the time lies outside the years 1 to 9999')
}

/** `-value` */
export function negated(value: unknown, problems: Problems): unknown {
  if (typeof value === 'number') return -value
  if (typeof value === 'bigint') return ofIntegers('-', 0n, value, problems)
  const ms = msOfDuration(value)
  return ms === undefined ? problems.wrongType('"-" negates a number or a duration', value) : durationOf(0 - ms)
}
