/**
 * `npm start`: the main job on real data. The story stands in examples/flights.
 *
 * That servers cannot be started here is told as what to do about it, with exit code 3, and not as a stack trace.
 */
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
