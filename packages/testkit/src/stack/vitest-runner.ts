import { inject, TestRunner, test } from 'vitest'
// Types what is provided.
import './provided-stack.ts'

/**
 * Runs test files that need the stack. Where there is none, a file is not even loaded: it shows up as one skipped test that
 * says why. (A runner is a class because Vitest makes it with `new`.)
 */
export default class StackTestRunner extends TestRunner {
  override importFile(filepath: string, source: 'collect' | 'setup'): unknown {
    const stack = inject('ledgerbusStack')
    if (source === 'setup' || stack.kind === 'running') return super.importFile(filepath, source)
    test('needs the stack', ({ skip }) => skip(stack.reason))
    return undefined
  }
}
