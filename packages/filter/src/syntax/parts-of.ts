import type { FilterNode } from './filter-node.ts'

/** The nodes that stand directly in a node, in the order of the text; the variable of a loop is none. */
export function partsOf(node: FilterNode): readonly FilterNode[] {
  switch (node.kind) {
    case 'literal':
    case 'root':
    case 'variable':
      return []
    case 'field':
    case 'not':
    case 'negation':
    case 'presence':
      return [node.of]
    case 'index':
      return [node.of, node.index]
    case 'logic':
    case 'equality':
    case 'ordering':
    case 'arithmetic':
      return [node.left, node.right]
    case 'membership':
      return [node.item, node.of]
    case 'choice':
      return [node.condition, node.whenTrue, node.whenFalse]
    case 'list':
      return node.items
    case 'map':
      return node.entries.map((entry) => entry.value)
    case 'call':
      return node.arguments
    case 're2':
      return [node.text]
    case 'loop':
      return [node.of, node.body]
  }
}
