/**
 * Time, timers, randomness and ids reach a library through its ports, so that a test can hold them still.
 *
 * A `Date` made from a value it is given is a conversion and stays allowed; one that asks the machine is not.
 */
interface Node {
  readonly type: string
  readonly name?: string
  readonly value?: unknown
  readonly callee?: Node
  readonly object?: Node
  readonly property?: Node
  readonly source?: Node
  readonly imported?: Node
  readonly specifiers?: readonly Node[]
  readonly arguments?: readonly Node[]
}

interface RuleContext {
  report(problem: { readonly node: Node; readonly message: string }): void
}

const timers = new Set(['setTimeout', 'setInterval', 'setImmediate'])
const members = new Set([
  'AbortSignal.timeout',
  'Date.now',
  'Math.random',
  'crypto.getRandomValues',
  'crypto.randomUUID',
  'performance.now',
])
const modules = new Set(['node:timers', 'node:timers/promises', 'node:perf_hooks', 'timers', 'timers/promises'])
const randomImports = new Set(['getRandomValues', 'randomBytes', 'randomInt', 'randomUUID'])

const port = 'take it through a port (clock, random or ids), so that a test can hold it still'

/** `Date` for `Date` and for `globalThis.Date`. */
function globalName(node: Node | undefined): string | undefined {
  if (node?.type === 'Identifier') return node.name
  if (node?.type === 'MemberExpression' && node.object?.type === 'Identifier' && node.object.name === 'globalThis') {
    return node.property?.name
  }
  return undefined
}

export const noAmbientEffects = {
  meta: { type: 'problem', docs: { description: 'Time, timers, randomness and ids come through ports.' } },
  create(context: RuleContext): Record<string, (node: Node) => void> {
    function report(node: Node, what: string): void {
      context.report({ node, message: `${what} asks the machine: ${port}` })
    }
    return {
      CallExpression(node) {
        const name = globalName(node.callee)
        if (name !== undefined && timers.has(name)) report(node, `${name}()`)
        if (name === 'Date') report(node, 'Date()')
      },
      NewExpression(node) {
        if (globalName(node.callee) === 'Date' && node.arguments?.length === 0) report(node, 'new Date()')
      },
      MemberExpression(node) {
        const name = `${globalName(node.object) ?? ''}.${node.property?.name ?? ''}`
        if (members.has(name)) report(node, name)
      },
      ImportDeclaration(node) {
        const from = String(node.source?.value)
        if (modules.has(from)) report(node, `'${from}'`)
        if (from !== 'node:crypto') return
        for (const specifier of node.specifiers ?? []) {
          const name = specifier.imported?.name
          if (name !== undefined && randomImports.has(name)) report(specifier, `${name} of 'node:crypto'`)
        }
      },
    }
  },
} as const
