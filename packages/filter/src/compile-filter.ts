import type { Envelope, RecordHeader } from '@ledgerbus/core'
import { checkExpression } from './check/check-expression.ts'
import { compileNode } from './evaluate/compile-node.ts'
import { type FilterProblem, isFailure, problemOf } from './evaluate/failure.ts'
import { type Problems, problemsOf } from './evaluate/problems.ts'
import type { Evaluate, Run } from './evaluate/run.ts'
import { FilterError, type FilterIssue } from './filter-error.ts'
import { filterLimits } from './filter-limits.ts'
import { countNodes } from './syntax/count-nodes.ts'
import type { FilterNode } from './syntax/filter-node.ts'
import { parseExpression } from './syntax/parse-expression.ts'
import { partsOf } from './syntax/parts-of.ts'

/** What a filter says of one event. */
export type FilterResult =
  | { readonly matched: true; readonly problem?: undefined }
  /** Without a problem: the filter is false, or a key it asks for is not there. */
  | { readonly matched: false; readonly problem?: undefined }
  /** The filter has no answer for this event, and so does not match; count it, it is a filter or an event to look at. */
  | { readonly matched: false; readonly problem: FilterProblem }

/** A filter that was checked and is ready to run. Holds no state: one is enough for any number of events. */
export interface Filter {
  /** As it was written. */
  readonly text: string
  /** What was written, checked and typed; to translate it elsewhere. */
  readonly tree: FilterNode
  /** Whether it asks for headers; without them it then finds none. */
  readonly readsHeaders: boolean
  /**
   * Whether the event is one the filter means. Never throws, whatever JSON stands in the event, and takes some milliseconds at most.
   *
   * @param headers of the record that carried the event, for the root `headers` @default none
   */
  matches(envelope: Envelope, headers?: readonly RecordHeader[]): FilterResult
}

const matched: FilterResult = Object.freeze({ matched: true })
const notMatched: FilterResult = Object.freeze({ matched: false })
const noHeaders: readonly RecordHeader[] = Object.freeze([])

/**
 * Reads a filter such as `payload.after.total >= 1000 && entity.type == "order"`: CEL over the event as it stands on the wire.
 *
 * Everything that can be known without an event is checked here: grammar, names, types, functions, patterns, size. See the guide
 * `docs/guides/filters.md` for the language.
 *
 * @throws FilterError `FILTER_INVALID` with every problem and its place
 */
export function compileFilter(text: string): Filter {
  const tree = checkedTree(text)
  const failing = new Set<FilterProblem>()
  const evaluate = compileNode(
    {
      text,
      evaluateOnce: (constant, problemsOfPart) => valueOf(constant, runOf(noEvent, noHeaders), problemsOfPart),
      alwaysFails: (problem) => failing.add(problem),
    },
    tree,
  )
  if (failing.size > 0) throw new FilterError(text, [...failing])
  const problems = problemsOf(tree, text)
  return Object.freeze({
    text,
    tree,
    readsHeaders: asksForHeaders(tree),
    matches: (envelope: Envelope, headers: readonly RecordHeader[] = noHeaders) =>
      resultOf(evaluate, runOf(envelope, headers), problems),
  })
}

function asksForHeaders(node: FilterNode): boolean {
  return (node.kind === 'root' && node.name === 'headers') || partsOf(node).some(asksForHeaders)
}

/** What is evaluated when the filter is written asks for no event. */
const noEvent = Object.freeze({}) as Envelope

function runOf(envelope: Envelope, headers: readonly RecordHeader[]): Run {
  return { envelope, headers, locals: [], steps: filterLimits.maxSteps }
}

/** What was found with too few steps is nothing: a part that gave up may have been passed over, as `&& false` does. */
function valueOf(evaluate: Evaluate, run: Run, problems: Problems): unknown {
  const value = evaluate(run)
  return run.steps < 0 && !isFailure(value) ? problems.tooCostly() : value
}

function resultOf(evaluate: Evaluate, run: Run, problems: Problems): FilterResult {
  const value = valueOf(evaluate, run, problems)
  if (value === true) return matched
  if (value === false || value === null) return notMatched
  const problem = problemOf(isFailure(value) ? value : problems.notABoolean(value))
  return problem === undefined ? notMatched : { matched: false, problem }
}

function checkedTree(text: unknown): FilterNode {
  if (typeof text !== 'string')
    throw new FilterError('', [{ message: `a filter is a string, not ${typeof text}`, position: 0 }])
  const tooLong = sizeProblem(text)
  if (tooLong !== undefined) throw new FilterError(text, [tooLong])
  const parsed = parseExpression(text)
  if ('issue' in parsed) throw new FilterError(text, [parsed.issue])
  const nodes = countNodes(parsed.syntax)
  if (nodes > filterLimits.maxNodes) {
    const message = `a filter has at most ${filterLimits.maxNodes} names, literals, operators and calls, not ${nodes}`
    throw new FilterError(text, [{ message, position: 0 }])
  }
  const { tree, issues } = checkExpression(parsed.syntax)
  if (issues.length > 0) throw new FilterError(text, issues)
  return tree
}

const encoder = new TextEncoder()

function sizeProblem(text: string): FilterIssue | undefined {
  if (text.trim() === '')
    return { message: 'a filter is a condition, such as payload.after.total >= 1000', position: 0 }
  const { maxBytes } = filterLimits
  // Not encoded where its characters alone are too many.
  const bytes = text.length > maxBytes ? text.length : encoder.encode(text).length
  return bytes > maxBytes ? { message: `a filter has at most ${maxBytes} bytes`, position: 0 } : undefined
}
