/**
 * `npm start`: the main job on real data. The story stands in examples/flights.
 *
 * That servers cannot be started here is told as what to do about it, with exit code 3, and not as a stack trace.
 */
for (const signal of ['SIGINT', 'SIGTERM'] as const) takeEchoesForOne(signal)

try {
  await import('../examples/flights/src/main.ts')
} catch (error) {
  if (!(error instanceof Error) || !isLackOfServers(error)) throw error
  console.error(error.message)
  process.exitCode = 3
}

function isLackOfServers(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && /^(TESTKIT_)?STACK_/.test(error.code)
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
