import type { FilterArithmetic, FilterEquality, FilterNode, FilterOrdering } from '../syntax/filter-node.ts'
import type { SyntaxNode } from '../syntax/parse-expression.ts'
import type { Checking, Locals } from './checking.ts'
import { arithmeticType, equalityProblem, orderingProblem } from './type-rules.ts'

/** `left && right` and `left || right` */
export function checkLogic(checking: Checking, syntax: SyntaxNode & { op: '&&' | '||' }, locals: Locals): FilterNode {
  const { op: operator, args, start, end } = syntax
  const what = `"${operator}" joins booleans`
  const left = checking.checkAs(args[0], locals, ['bool'], what)
  const right = checking.checkAs(args[1], locals, ['bool'], what)
  return { kind: 'logic', operator, left, right, type: 'bool', start, end }
}

export function checkEquality(
  checking: Checking,
  syntax: SyntaxNode & { op: FilterEquality['operator'] },
  locals: Locals,
): FilterNode {
  const { op: operator, args, start, end } = syntax
  const left = checking.check(args[0], locals)
  const right = checking.check(args[1], locals)
  const problem = equalityProblem(left.type, right.type)
  if (problem !== undefined) return checking.refuse(syntax, problem)
  return { kind: 'equality', operator, left, right, type: 'bool', start, end }
}

export function checkOrdering(
  checking: Checking,
  syntax: SyntaxNode & { op: FilterOrdering['operator'] },
  locals: Locals,
): FilterNode {
  const { op: operator, args, start, end } = syntax
  const left = checking.check(args[0], locals)
  const right = checking.check(args[1], locals)
  const problem = orderingProblem(operator, left.type, right.type)
  if (problem !== undefined) return checking.refuse(syntax, problem)
  return { kind: 'ordering', operator, left, right, type: 'bool', start, end }
}

export function checkArithmetic(
  checking: Checking,
  syntax: SyntaxNode & { op: FilterArithmetic['operator'] },
  locals: Locals,
): FilterNode {
  const { op: operator, args, start, end } = syntax
  const left = checking.check(args[0], locals)
  const right = checking.check(args[1], locals)
  const result = arithmeticType(operator, left.type, right.type)
  if ('problem' in result) return checking.refuse(syntax, result.problem)
  return { kind: 'arithmetic', operator, left, right, type: result.type, start, end }
}

/** `item in of` */
export function checkMembership(checking: Checking, syntax: SyntaxNode & { op: 'in' }, locals: Locals): FilterNode {
  const { args, start, end } = syntax
  const item = checking.check(args[0], locals)
  const of = checking.check(args[1], locals)
  if (of.type === 'string')
    return checking.refuse(syntax, '"in" looks into a list or a map; for a string write text.contains(part)')
  if (!['any', 'list', 'map'].includes(of.type)) return checking.refuse(syntax, '"in" looks into a list or a map')
  if (of.type === 'map' && item.type !== 'any' && item.type !== 'string') {
    return checking.refuse(syntax, 'the keys of a map are strings')
  }
  return { kind: 'membership', item, of, type: 'bool', start, end }
}

/** `condition ? whenTrue : whenFalse` */
export function checkChoice(checking: Checking, syntax: SyntaxNode & { op: '?:' }, locals: Locals): FilterNode {
  const { args, start, end } = syntax
  const condition = checking.checkAs(args[0], locals, ['bool'], '"?" takes a condition')
  const whenTrue = checking.check(args[1], locals)
  const whenFalse = checking.check(args[2], locals)
  const type = whenTrue.type === whenFalse.type ? whenTrue.type : 'any'
  return { kind: 'choice', condition, whenTrue, whenFalse, type, start, end }
}

/** `-of`: with a number written out, that number. */
export function checkNegation(checking: Checking, syntax: SyntaxNode & { op: '-_' }, locals: Locals): FilterNode {
  const { args, start, end } = syntax
  if (args.op === 'value' && typeof args.args === 'bigint') return checkInteger(checking, syntax, -args.args)
  const of = checking.checkAs(args, locals, ['int', 'double', 'duration'], '"-" negates a number or a duration')
  if (of.kind === 'literal' && typeof of.value === 'number') {
    return { kind: 'literal', value: -of.value, type: 'double', start, end }
  }
  return { kind: 'negation', of, type: of.type, start, end }
}

/** An integer written out: of 64 bits, as CEL has them. */
export function checkInteger(checking: Checking, syntax: SyntaxNode, value: bigint): FilterNode {
  if (BigInt.asIntN(64, value) !== value) {
    return checking.refuse(
      syntax,
      'an integer has 64 bits: -9223372036854775808 to 9223372036854775807; write 1e20 for a larger number',
    )
  }
  return { kind: 'literal', value, type: 'int', start: syntax.start, end: syntax.end }
}
