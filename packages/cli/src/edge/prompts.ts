import type { Edge, Prompts } from './edge.ts'

/** Questions on stderr: stdout may be a file. */
export function createPrompts({ stdin, stderr, interrupted }: Pick<Edge, 'stdin' | 'stderr' | 'interrupted'>): Prompts {
  // Its types know Node's own classes only.
  const streams = { input: stdin as never, output: stderr as never, signal: interrupted }
  return {
    async confirm(question) {
      const { confirm } = await import('@clack/prompts')
      return (await confirm({ message: question, initialValue: false, ...streams })) === true
    },
    async type(question) {
      const { text } = await import('@clack/prompts')
      const answer = await text({ message: question, ...streams })
      return typeof answer === 'string' ? answer : undefined
    },
  }
}
