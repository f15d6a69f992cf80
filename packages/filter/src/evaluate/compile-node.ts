import type { FilterNode } from '../syntax/filter-node.ts'
import { partsOf } from '../syntax/parts-of.ts'
import { negated } from './arithmetic.ts'
import { compileCall, compileRegex } from './compile-call.ts'
import { compileLoop } from './compile-loop.ts'
import { compileMembership } from './compile-membership.ts'
import { compileArithmetic, compileEquality, compileLogic, compileOrdering } from './compile-operator.ts'
import { compileField, compileHeader, compileIndex, compileRoot } from './compile-path.ts'
import { type Failure, type FilterProblem, isFailure, problemOf } from './failure.ts'
import { type Problems, problemsOf } from './problems.ts'
import type { Evaluate } from './run.ts'

/** What a filter's compilation needs besides its tree. */
export interface Compiling {
  /** The filter's text, for problems. */
  readonly text: string
  /** Evaluates what needs no event, once. */
  readonly evaluateOnce: (evaluate: Evaluate, problems: Problems) => unknown
  /** Told of a part that fails whatever the event is, and of each part around it that fails with it. */
  readonly alwaysFails: (problem: FilterProblem) => void
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
  const problems = problemsOf(node, compiling.text)
  const evaluate = compileParts(
    node,
    parts.map((part) => part.evaluate),
    problems,
  )
  const needsEvent = node.kind === 'root' || node.kind === 'variable' || node.kind === 'presence'
  if (needsEvent || !parts.every((part) => part.constant)) return { evaluate, constant: false }
  const value = compiling.evaluateOnce(evaluate, problems)
  const problem = isFailure(value) ? problemOf(value) : undefined
  if (problem !== undefined) compiling.alwaysFails(problem)
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
      if (node.of.kind === 'root' && node.of.name === 'headers') return compileHeader(node.name, problems)
      return compileField(node, first, problems)
    case 'index':
      return compileIndex(first, second, problems)
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
      return (run) => !isFailure(first(run))
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
