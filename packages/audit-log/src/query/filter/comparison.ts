import type { FilterCall, FilterNode } from '@ledgerbus/filter'
import { constantOf, type FilterConstant } from '@ledgerbus/filter'

/** How a value is compared with a constant. */
export type Comparison =
  | { readonly kind: 'equal'; readonly value: FilterConstant }
  | { readonly kind: 'order'; readonly operator: Order; readonly value: FilterConstant }
  | { readonly kind: 'member'; readonly values: readonly FilterConstant[] }
  | { readonly kind: 'text'; readonly test: TextTest; readonly part: string }

export type Order = '<' | '<=' | '>' | '>='
export type TextTest = Extract<FilterCall['name'], 'startsWith' | 'endsWith' | 'contains'>

/** A part of a filter that compares one value of the event with a constant. */
export interface ComparedValue {
  readonly of: FilterNode
  readonly comparison: Comparison
  /** `!=` */
  readonly isNegated: boolean
}

const mirrored: Readonly<Record<Order, Order>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

/** `undefined` for any other part: two values of the event, two constants, a function. */
export function comparedValue(node: FilterNode): ComparedValue | undefined {
  switch (node.kind) {
    case 'equality': {
      const sides = sidesOf(node.left, node.right)
      if (sides === undefined) return undefined
      return { of: sides.of, comparison: { kind: 'equal', value: sides.value }, isNegated: node.operator === '!=' }
    }
    case 'ordering': {
      const sides = sidesOf(node.left, node.right)
      if (sides === undefined) return undefined
      const operator = sides.isMirrored ? mirrored[node.operator] : node.operator
      return { of: sides.of, comparison: { kind: 'order', operator, value: sides.value }, isNegated: false }
    }
    case 'membership': {
      const values = constantOf(node.of)
      if (!Array.isArray(values) || constantOf(node.item) !== undefined) return undefined
      return { of: node.item, comparison: { kind: 'member', values }, isNegated: false }
    }
    case 'call':
      return textTestOf(node)
    default:
      return undefined
  }
}

function sidesOf(
  left: FilterNode,
  right: FilterNode,
): { readonly of: FilterNode; readonly value: FilterConstant; readonly isMirrored: boolean } | undefined {
  const [l, r] = [constantOf(left), constantOf(right)]
  if (l === undefined && r !== undefined) return { of: left, value: r, isMirrored: false }
  if (l !== undefined && r === undefined) return { of: right, value: l, isMirrored: true }
  return undefined
}

function textTestOf({ name, arguments: [of, partNode] }: FilterCall): ComparedValue | undefined {
  if (name !== 'startsWith' && name !== 'endsWith' && name !== 'contains') return undefined
  if (of === undefined || partNode === undefined) return undefined
  const part = constantOf(partNode)
  if (typeof part !== 'string' || constantOf(of) !== undefined) return undefined
  return { of, comparison: { kind: 'text', test: name, part }, isNegated: false }
}
