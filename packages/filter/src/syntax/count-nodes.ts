import type { SyntaxNode } from './parse-expression.ts'

/** How many nodes a syntax tree has. Without recursion: 4 KiB of `!` are 4,096 nodes deep. */
export function countNodes(root: SyntaxNode): number {
  const waiting = [root]
  let count = 0
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    count += 1
    waiting.push(...childrenOf(node))
  }
  return count
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case '!_':
    case '-_':
      return [node.args]
    case 'map':
      return node.args.flat()
    default:
      return node.args
  }
}
