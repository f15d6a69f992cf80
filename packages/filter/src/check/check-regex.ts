import { RE2JS } from 're2js'
import { filterLimits } from '../filter-limits.ts'
import type { FilterNode } from '../syntax/filter-node.ts'
import type { SyntaxNode } from '../syntax/parse-expression.ts'
import type { Checking, Locals } from './checking.ts'

/** `re2(text, "pattern")`: the pattern is written out, so that it is compiled and measured here and not over an event. */
export function checkRegex(
  checking: Checking,
  syntax: SyntaxNode,
  args: readonly SyntaxNode[],
  locals: Locals,
): FilterNode {
  const [textSyntax, patternSyntax] = args
  if (textSyntax === undefined || patternSyntax === undefined || args.length > 2) {
    return checking.refuse(syntax, '"re2" takes a text and a pattern: re2(payload.after.email, "@example[.]com$")')
  }
  const text = checking.checkAs(textSyntax, locals, ['string'], '"re2" searches a string')
  const pattern = checking.check(patternSyntax, locals)
  if (pattern.kind === 'literal' && pattern.type === 'any') return pattern
  if (pattern.kind !== 'literal' || typeof pattern.value !== 'string') {
    return checking.refuse(patternSyntax, 'the pattern of "re2" is written out as a string, not computed')
  }
  const problem = patternProblem(pattern.value)
  if (problem !== undefined) return checking.refuse(patternSyntax, problem)
  return { kind: 're2', text, pattern: pattern.value, type: 'bool', start: syntax.start, end: syntax.end }
}

function patternProblem(pattern: string): string | undefined {
  const { maxPatternLength, maxPatternSize } = filterLimits
  if (pattern.length > maxPatternLength) {
    return `a pattern has at most ${maxPatternLength} characters, not ${pattern.length}`
  }
  let size: number
  try {
    size = RE2JS.compile(pattern).programSize()
  } catch (error) {
    // re2js throws its own exceptions, and a plain error for some malformed classes: no pattern in any case.
    return `this is no pattern of RE2${error instanceof Error ? `: ${error.message.replace(/^error parsing regexp: /, '')}` : ''}`
  }
  if (size <= maxPatternSize) return undefined
  return `the pattern compiles to ${size} instructions, at most ${maxPatternSize} are allowed; repeat less`
}
