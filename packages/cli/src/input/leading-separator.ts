/** Scripts in the workspace's package.json that end in a command word: `pnpm replay -- --from ...`. */
const scriptedWords = ['replay']

/**
 * Drops the one `--` that pnpm hands through between a script and its arguments: at the very beginning, or behind the word the
 * script itself adds. A second one is the user's own.
 */
export function withoutLeadingSeparator(argv: readonly string[]): string[] {
  const [first, second, ...rest] = argv
  if (first === '--') return argv.slice(1)
  if (first !== undefined && scriptedWords.includes(first) && second === '--') return [first, ...rest]
  return [...argv]
}
