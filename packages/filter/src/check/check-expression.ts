import { nameOf } from '../evaluate/value-kind.ts'
import type { FilterIssue } from '../filter-error.ts'
import type { FilterNode, FilterType } from '../syntax/filter-node.ts'
import type { SyntaxNode } from '../syntax/parse-expression.ts'
import { checkFunction, checkMethod } from './check-call.ts'
import { checkField, checkIndex, checkName } from './check-path.ts'
import {
  checkArithmetic,
  checkChoice,
  checkEquality,
  checkInteger,
  checkLogic,
  checkMembership,
  checkNegation,
  checkOrdering,
} from './check-operator.ts'
import type { Checking, Locals } from './checking.ts'
import { mayBe } from './type-rules.ts'

/** What is allowed becomes a tree of ours; everything else is an issue, and all issues are found. */
export function checkExpression(syntax: SyntaxNode): {
  readonly tree: FilterNode
  readonly issues: readonly FilterIssue[]
} {
  const issues: FilterIssue[] = []
  const checking: Checking = {
    check: (node, locals) => checkNode(checking, node, locals),
    checkAs: (node, locals, allowed, what) => {
      const checked = checkNode(checking, node, locals)
      return mayBe(checked.type, allowed) ? checked : checking.refuse(node, `${what}, not ${nameOf(checked.type)}`)
    },
    refuse: (node, message) => {
      issues.push({ message, position: node.pos })
      return { kind: 'literal', value: null, type: 'any', start: node.start, end: node.end }
    },
  }
  const tree = checking.checkAs(syntax, [], ['bool'], 'a filter is true or false')
  return { tree, issues }
}

function checkNode(checking: Checking, syntax: SyntaxNode, locals: Locals): FilterNode {
  const { start, end } = syntax
  switch (syntax.op) {
    case 'value':
      return checkLiteral(checking, syntax)
    case 'id':
      return checkName(checking, syntax, locals)
    case '.':
      return checkField(checking, syntax, checking.check(syntax.args[0], locals), syntax.args[1])
    case '[]':
      return checkIndex(checking, syntax, locals)
    case 'call':
      return checkFunction(checking, syntax, locals)
    case 'rcall':
      return checkMethod(checking, syntax, locals)
    case 'list':
      return { kind: 'list', items: syntax.args.map((item) => checking.check(item, locals)), type: 'list', start, end }
    case 'map':
      return checkMap(checking, syntax, locals)
    case '?:':
      return checkChoice(checking, syntax, locals)
    case '&&':
    case '||':
      return checkLogic(checking, syntax, locals)
    case '!_': {
      const of = checking.checkAs(syntax.args, locals, ['bool'], '"!" negates a boolean')
      return { kind: 'not', of, type: 'bool', start, end }
    }
    case '-_':
      return checkNegation(checking, syntax, locals)
    case '==':
    case '!=':
      return checkEquality(checking, syntax, locals)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return checkOrdering(checking, syntax, locals)
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return checkArithmetic(checking, syntax, locals)
    case 'in':
      return checkMembership(checking, syntax, locals)
    case '.?':
    case '[?]':
      return checking.refuse(syntax, 'there are no optional values in filters; write has(path)')
  }
}

function checkLiteral(checking: Checking, syntax: SyntaxNode & { op: 'value' }): FilterNode {
  const { args: value, start, end } = syntax
  if (typeof value === 'bigint') return checkInteger(checking, syntax, value)
  if (typeof value === 'object' && value !== null) {
    return checking.refuse(
      syntax,
      value instanceof Uint8Array ? 'there are no bytes in filters' : 'there is no uint in filters; leave the "u" away',
    )
  }
  return { kind: 'literal', value, type: typeOfLiteral(value), start, end }
}

function typeOfLiteral(value: null | boolean | number | string): FilterType {
  if (value === null) return 'null'
  if (typeof value === 'number') return 'double'
  return typeof value === 'string' ? 'string' : 'bool'
}

function checkMap(checking: Checking, syntax: SyntaxNode & { op: 'map' }, locals: Locals): FilterNode {
  const entries = syntax.args.map(([keySyntax, valueSyntax]) => {
    const value = checking.check(valueSyntax, locals)
    if (keySyntax.op === 'value' && typeof keySyntax.args === 'string') return { key: keySyntax.args, value }
    checking.refuse(keySyntax, 'a key of a map is written out as a string: {"key": value}')
    return { key: '', value }
  })
  const keys = entries.map((entry) => entry.key)
  const twice = syntax.args.find((_, index) => keys.indexOf(keys[index] ?? '') !== index)
  if (twice !== undefined) checking.refuse(twice[0], 'this key stands in the map already')
  return { kind: 'map', entries, type: 'map', start: syntax.start, end: syntax.end }
}
