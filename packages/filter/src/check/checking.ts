import type { FilterNode, FilterType } from '../syntax/filter-node.ts'
import type { SyntaxNode } from '../syntax/parse-expression.ts'

/** The variables of the loops around a node, the outermost first. */
export type Locals = readonly string[]

/** One check of one filter: reads nodes, collects what is wrong with them. */
export interface Checking {
  /** A node of ours for one of cel-js's; where it is wrong, a stand-in of type `any`, so that the rest is checked too. */
  check(syntax: SyntaxNode, locals: Locals): FilterNode
  /** The same, for a place that takes certain types only; `what` begins the message, `&& joins booleans`. */
  checkAs(syntax: SyntaxNode, locals: Locals, allowed: readonly FilterType[], what: string): FilterNode
  /** Notes a problem and gives the stand-in. */
  refuse(syntax: SyntaxNode, message: string): FilterNode
}
