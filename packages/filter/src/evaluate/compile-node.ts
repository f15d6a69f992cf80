import type { FilterNode } from '../syntax/filter-node.ts'
import { partsOf } from '../syntax/parts-of.ts'
import { negated } from './arithmetic.ts'
import { compileCall, compileRegex } from './compile-call.ts'
import { compileLoop } from './compile-loop.ts'
import { compileArithmetic, compileEquality, compileLogic, compileOrdering } from './compile-operator.ts'
import { compileField, compileHeader, compileIndex, compileRoot } from './compile-path.ts'
import { equalValues } from './compare-values.ts'
import { type Failure, isFailure, problemOf } from './failure.ts'
import { type Problems, problemsOf } from './problems.ts'
import { type Evaluate, pay } from './run.ts'
import { kindOf } from './value-kind.ts'

/** What a filter's compilation needs besides its tree. */
export interface Compiling {
  /** The filter's text, for problems. */
  readonly text: string
  /** Evaluates what needs no event, once. */
  readonly evaluateOnce: (evaluate: Evaluate) => unknown
  /** Told of a part that fails whatever the event is. */
  readonly alwaysFails: (failure: Failure) => void
}

/** A node and all in it, as functions that call each other. What needs no event is evaluated here and now. */
export function compileNode(compiling: Compiling, node: FilterNode): Evaluate {
  return compiled(compiling, node).evaluate
}

interface Compiled {
  readonly evaluate: Evaluate
  readonly constant: boolean
}

function compiled(compiling: Compiling, node: FilterNode): Compiled {
  const parts = partsOf(node).map((part) => compiled(compiling, part))
  const evaluate = compileParts(
    node,
    parts.map((part) => part.evaluate),
    problemsOf(node, compiling.text),
  )
  const needsEvent = node.kind === 'root' || node.kind === 'variable' || node.kind === 'presence'
  if (needsEvent || !parts.every((part) => part.constant)) return { evaluate, constant: false }
  const value = compiling.evaluateOnce(evaluate)
  if (isFailure(value) && problemOf(value) !== undefined) compiling.alwaysFails(value)
  return { evaluate: () => value, constant: true }
}

function compileParts(node: FilterNode, parts: readonly Evaluate[], problems: Problems): Evaluate {
  const [first = nothing, second = nothing, third = nothing] = parts
  switch (node.kind) {
    case 'literal':
      return () => node.value
    case 'root':
      return compileRoot(node, problems)
    case 'variable':
      return (run) => run.locals[node.depth]
    case 'field':
      if (node.of.kind === 'root' && node.of.name === 'headers') return compileHeader(node.name)
      return compileField(node, first, problems)
    case 'index':
      return compileIndex(node, first, second, problems)
    case 'not':
      return (run) => {
        const value = first(run)
        return typeof value === 'boolean' ? !value : problems.wrongType('"!" negates a boolean', value)
      }
    case 'negation':
      return (run) => negated(first(run), problems)
    case 'logic':
      return compileLogic(node, first, second, problems)
    case 'equality':
      return compileEquality(node, first, second, problems)
    case 'ordering':
      return compileOrdering(node, first, second, problems)
    case 'arithmetic':
      return compileArithmetic(node, first, second, problems)
    case 'membership':
      return compileMembership(first, second, problems)
    case 'choice':
      return (run) => {
        const condition = first(run)
        if (typeof condition !== 'boolean') return problems.wrongType('"?" takes a condition', condition)
        return condition ? second(run) : third(run)
      }
    case 'list':
      return (run) => allOf(parts.map((part) => part(run)))
    case 'map': {
      const keys = node.entries.map((entry) => entry.key)
      return (run) => {
        const values = allOf(parts.map((part) => part(run)))
        return isFailure(values) ? values : Object.fromEntries(keys.map((key, index) => [key, values[index]]))
      }
    }
    case 'presence':
      return (run) => {
        const value = first(run)
        return !isFailure(value) || (problemOf(value) === undefined ? false : value)
      }
    case 'call':
      return compileCall(node, parts, problems)
    case 're2':
      return compileRegex(node, first, problems)
    case 'loop':
      return compileLoop(node, first, second, sizeOf(node.body), problems)
  }
}

function nothing(): never {
  throw new Error('a part was asked for that the node has not')
}

/** The values, or the first failure among them. */
function allOf(values: readonly unknown[]): readonly unknown[] | Failure {
  return values.find(isFailure) ?? values
}

function sizeOf(node: FilterNode): number {
  return partsOf(node).reduce((sum, part) => sum + sizeOf(part), 1)
}

function compileMembership(item: Evaluate, of: Evaluate, problems: Problems): Evaluate {
  return (run) => {
    const sought = item(run)
    const collection = of(run)
    if (isFailure(sought) || isFailure(collection)) return problems.wrongTypes('', sought, collection)
    if (Array.isArray(collection)) {
      for (const each of collection as readonly unknown[]) {
        const equal = pay(run, 1) ? equalValues(run, sought, each) : undefined
        if (equal === undefined) return problems.tooCostly()
        if (equal) return true
      }
      return false
    }
    if (typeof sought === 'string' && kindOf(collection) === 'map') return Object.hasOwn(collection as object, sought)
    return problems.wrongTypes('"in" looks for a value in a list or for a string in a map', sought, collection)
  }
}
