import { environmentHelp } from './environment-help.ts'
import { exitCodeHelp } from '../exit-codes.ts'

/** What stands below a command's flags: examples that the tests run, variables, exit codes. */
export function helpAfter(examples: readonly string[]): string {
  const lines = examples.map((example) => `  ${example}`)
  return `\nExamples:\n${lines.join('\n')}\n\n${environmentHelp}\n\n${exitCodeHelp}\n`
}
