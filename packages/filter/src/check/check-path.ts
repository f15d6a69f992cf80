import { nameOf } from '../evaluate/value-kind.ts'
import type { FilterNode, FilterType } from '../syntax/filter-node.ts'
import type { SyntaxNode } from '../syntax/parse-expression.ts'
import type { Checking, Locals } from './checking.ts'
import { didYouMean } from './closest-name.ts'
import { dataAlias, factsOf, isRoot, rootNames } from './roots.ts'

/** A name that a path begins with: the variable of a loop, a root, or `data`. */
export function checkName(checking: Checking, syntax: SyntaxNode & { op: 'id' }, locals: Locals): FilterNode {
  const { args: name, start, end } = syntax
  const depth = locals.indexOf(name)
  if (depth >= 0) return { kind: 'variable', name, depth, type: 'any', start, end }
  if (isRoot(name)) return { kind: 'root', name, type: factsOf(name).type, start, end }
  if (name === dataAlias) {
    const payload: FilterNode = { kind: 'root', name: 'payload', type: 'map', start, end }
    return { kind: 'field', of: payload, name: 'after', type: 'any', start, end }
  }
  const known = [...locals, ...rootNames]
  const meant = didYouMean(name, known)
  return checking.refuse(
    syntax,
    `nothing is named "${name}"${meant === '' ? `; a filter knows ${known.join(', ')}` : meant}`,
  )
}

/** `of.name` and `of["name"]` */
export function checkField(checking: Checking, syntax: SyntaxNode, of: FilterNode, name: string): FilterNode {
  const { start, end } = syntax
  const type = fieldTypeOf(of, name)
  if (typeof type === 'string') return { kind: 'field', of, name, type, start, end }
  return checking.refuse(syntax, type.problem)
}

/** Functions of a value, written as if they were its fields. */
const remedies: ReadonlyMap<string, string> = new Map([
  ['length', '; write size()'],
  ['size', '; write size()'],
  ['startsWith', '; write startsWith(…)'],
  ['endsWith', '; write endsWith(…)'],
  ['contains', '; write contains(…)'],
])

function fieldTypeOf(of: FilterNode, name: string): FilterType | { readonly problem: string } {
  if (of.type !== 'any' && of.type !== 'map') {
    return { problem: `${nameOf(of.type)} has no fields${remedies.get(name) ?? ''}` }
  }
  if (of.kind !== 'root') return 'any'
  const { fields, fieldType } = factsOf(of.name)
  if (fields === undefined) return fieldType ?? 'any'
  const type = fields.get(name)
  if (type !== undefined) return type
  const names = [...fields.keys()]
  return {
    problem: `${of.name} has ${names.slice(0, -1).join(', ')} and ${names.at(-1)}, not "${name}"${didYouMean(name, names)}`,
  }
}

/** `of[index]` */
export function checkIndex(checking: Checking, syntax: SyntaxNode & { op: '[]' }, locals: Locals): FilterNode {
  const [ofSyntax, indexSyntax] = syntax.args
  const of = checking.checkAs(ofSyntax, locals, ['list', 'map'], '"[…]" reads a list or a map')
  const index = checking.checkAs(indexSyntax, locals, ['int', 'double', 'string'], 'an index is a number or a string')
  if (index.kind === 'literal' && typeof index.value === 'string') return checkField(checking, syntax, of, index.value)
  return { kind: 'index', of, index, type: 'any', start: syntax.start, end: syntax.end }
}
