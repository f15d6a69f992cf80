import { nameOf } from '../evaluate/value-kind.ts'
import type { FilterFunction, FilterNode, FilterType } from '../syntax/filter-node.ts'
import type { SyntaxNode } from '../syntax/parse-expression.ts'
import type { Checking, Locals } from './checking.ts'
import { checkLoop, isLoop, loopNames } from './check-loop.ts'
import { checkRegex } from './check-regex.ts'
import { didYouMean } from './closest-name.ts'

interface Signature {
  /** What each argument may be, the receiver first. */
  readonly takes: readonly (readonly FilterType[])[]
  readonly gives: FilterType
  /** `x.f()`, `f(x)`, or both. */
  readonly form: 'method' | 'function' | 'either'
}

const text: readonly FilterType[] = ['string']
const test: Signature = { takes: [text, text], gives: 'bool', form: 'method' }

const signatures: Readonly<Record<FilterFunction, Signature>> = {
  size: { takes: [['string', 'list', 'map']], gives: 'int', form: 'either' },
  startsWith: test,
  endsWith: test,
  contains: test,
  string: {
    takes: [['string', 'bool', 'int', 'double', 'timestamp', 'duration']],
    gives: 'string',
    form: 'function',
  },
  int: { takes: [['int', 'double', 'string', 'timestamp']], gives: 'int', form: 'function' },
  double: { takes: [['int', 'double', 'string']], gives: 'double', form: 'function' },
  timestamp: { takes: [['string', 'int', 'timestamp']], gives: 'timestamp', form: 'function' },
  duration: { takes: [['string', 'duration']], gives: 'duration', form: 'function' },
}

const functions: ReadonlyMap<string, Signature> = new Map(Object.entries(signatures))
const callable: readonly string[] = [...functions.keys(), 'has', 're2', ...loopNames]

/** Functions of CEL that this language has not, and what does their work. */
const remedies: ReadonlyMap<string, string> = new Map([
  ['matches', 're2(text, "pattern"), which takes time in proportion to the text'],
  ['exists_one', 'list.filter(item, …).size() == 1'],
  ['bool', 'a comparison, such as value == "true"'],
  ['uint', 'int(…)'],
  ['dyn', 'the value itself'],
  ['lowerAscii', 're2(text, "(?i)…")'],
  ['upperAscii', 're2(text, "(?i)…")'],
  ['indexOf', 'text.contains(part)'],
])

/** `name(…)` */
export function checkFunction(checking: Checking, syntax: SyntaxNode & { op: 'call' }, locals: Locals): FilterNode {
  const [name, args] = syntax.args
  if (name === 'has') return checkPresence(checking, syntax, args, locals)
  if (name === 're2') return checkRegex(checking, syntax, args, locals)
  if (isLoop(name)) return checking.refuse(syntax, `"${name}" is called on a list: list.${name}(item, …)`)
  const signature = functions.get(name)
  if (signature === undefined) return refuseUnknown(checking, syntax, name)
  if (signature.form === 'method') {
    return checking.refuse(syntax, `"${name}" is called on a string: text.${name}(part)`)
  }
  return checkCall(checking, syntax, name as FilterFunction, signature, args, locals)
}

/** `receiver.name(…)` */
export function checkMethod(checking: Checking, syntax: SyntaxNode & { op: 'rcall' }, locals: Locals): FilterNode {
  const [name, receiver, args] = syntax.args
  if (isLoop(name)) return checkLoop(checking, syntax, { name, receiver, args, locals })
  const signature = functions.get(name)
  if (signature === undefined && name !== 'has' && name !== 're2') return refuseUnknown(checking, syntax, name)
  if (signature === undefined || signature.form === 'function') {
    return checking.refuse(syntax, `"${name}" is not called on a value: write ${name}(…)`)
  }
  return checkCall(checking, syntax, name as FilterFunction, signature, [receiver, ...args], locals)
}

function refuseUnknown(checking: Checking, syntax: SyntaxNode, name: string): FilterNode {
  const remedy = remedies.get(name)
  if (remedy !== undefined) return checking.refuse(syntax, `there is no "${name}" in filters; write ${remedy}`)
  const meant = didYouMean(name, callable)
  const all = meant === '' ? `; there are ${callable.join(', ')}` : meant
  return checking.refuse(syntax, `there is no function "${name}"${all}`)
}

function checkCall(
  checking: Checking,
  syntax: SyntaxNode,
  name: FilterFunction,
  { takes, gives, form }: Signature,
  args: readonly SyntaxNode[],
  locals: Locals,
): FilterNode {
  if (args.length !== takes.length) {
    const wanted = form === 'method' ? takes.length - 1 : takes.length
    const given = syntax.op === 'rcall' ? args.length - 1 : args.length
    return checking.refuse(syntax, `"${name}" takes ${wanted} ${wanted === 1 ? 'argument' : 'arguments'}, not ${given}`)
  }
  const checked = args.map((arg, index) => {
    const allowed = takes[index] ?? []
    return checking.checkAs(arg, locals, allowed, `"${name}" takes ${allowed.map(nameOf).join(' or ')}`)
  })
  return { kind: 'call', name, arguments: checked, type: gives, start: syntax.start, end: syntax.end }
}

function checkPresence(
  checking: Checking,
  syntax: SyntaxNode,
  args: readonly SyntaxNode[],
  locals: Locals,
): FilterNode {
  const [path] = args
  if (path === undefined || args.length > 1) return checking.refuse(syntax, '"has" takes one path: has(payload.before)')
  const of = checking.check(path, locals)
  if (of.kind === 'field' || of.kind === 'root') {
    return { kind: 'presence', of, type: 'bool', start: syntax.start, end: syntax.end }
  }
  // A stand-in was refused already.
  if (of.kind === 'literal' && of.type === 'any') return of
  return checking.refuse(
    path,
    '"has" asks for a field: has(payload.after.total); for a key that is computed, write key in map',
  )
}
