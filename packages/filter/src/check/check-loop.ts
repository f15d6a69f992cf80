import { filterLimits } from '../filter-limits.ts'
import type { FilterLoop, FilterNode } from '../syntax/filter-node.ts'
import type { SyntaxNode } from '../syntax/parse-expression.ts'
import type { Checking, Locals } from './checking.ts'
import { rootNames } from './roots.ts'

type Macro = FilterLoop['macro']

export const loopNames: readonly Macro[] = ['exists', 'all', 'filter', 'map']

export function isLoop(name: string): name is Macro {
  return (loopNames as readonly string[]).includes(name)
}

/** `list.exists(item, …)` and its like. */
export function checkLoop(
  checking: Checking,
  syntax: SyntaxNode,
  call: {
    readonly name: Macro
    readonly receiver: SyntaxNode
    readonly args: readonly SyntaxNode[]
    readonly locals: Locals
  },
): FilterNode {
  const { name: macro, receiver, args, locals } = call
  const of = checking.checkAs(receiver, locals, ['list', 'map'], `"${macro}" goes through a list or the keys of a map`)
  const [variable, bodySyntax] = args
  if (variable?.op !== 'id' || bodySyntax === undefined || args.length > 2) {
    return checking.refuse(syntax, `"${macro}" takes the name of a variable and an expression: list.${macro}(item, …)`)
  }
  const name = variable.args
  if (rootNames.includes(name) || locals.includes(name)) {
    return checking.refuse(variable, `the variable "${name}" would hide what has that name already; take another`)
  }
  const depth = locals.length
  if (depth >= filterLimits.maxLoopDepth) {
    return checking.refuse(syntax, `loops stand in each other at most ${filterLimits.maxLoopDepth} deep`)
  }
  const inside = [...locals, name]
  const body =
    macro === 'map'
      ? checking.check(bodySyntax, inside)
      : checking.checkAs(bodySyntax, inside, ['bool'], `"${macro}" takes a condition`)
  const { start, end } = syntax
  return {
    kind: 'loop',
    macro,
    of,
    variable: { kind: 'variable', name, depth, type: 'any', start: variable.start, end: variable.end },
    body,
    type: macro === 'exists' || macro === 'all' ? 'bool' : 'list',
    start,
    end,
  }
}
