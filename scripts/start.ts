/**
 * `npm start`: the main job on real data. The story stands in examples/flights.
 *
 * What a reader of the message can mend (servers that cannot be started or reached, addresses that are wrong) is told as a
 * message, with exit code 3, and not as a stack trace.
 */
const canBeMended = /^(TESTKIT_)?STACK_|_UNREACHABLE$|^CONFIGURATION_/

for (const signal of ['SIGINT', 'SIGTERM'] as const) takeEchoesForOne(signal)

try {
  await import('../examples/flights/src/main.ts')
} catch (error) {
  const code = codeOf(error)
  if (!(error instanceof Error) || code === undefined || !canBeMended.test(code)) throw error
  console.error(`${code}: ${error.message}`)
  process.exitCode = 3
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/**
 * One Ctrl-C or one kill of the process group arrives twice: from outside, and passed on by the bootstrap. For a second the
 * echo must not read as the second signal, the one that ends at once.
 */
function takeEchoesForOne(signal: 'SIGINT' | 'SIGTERM'): void {
  const echoMs = 1_000
  function hold(): void {
    setTimeout(() => process.off(signal, hold), echoMs).unref()
  }
  process.on(signal, hold)
}
