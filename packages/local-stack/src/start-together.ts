/**
 * Runs all starts at the same time. When one fails, the others are given up through their signal and what has started is
 * undone; then the first failure is thrown.
 */
export async function startTogether<Started>(
  starts: readonly ((signal: AbortSignal) => Promise<Started>)[],
  undo: (started: Started) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<readonly Started[]> {
  const failure = new AbortController()
  const either = signal ? AbortSignal.any([failure.signal, signal]) : failure.signal
  const results = await Promise.allSettled(
    starts.map(async (start) => {
      try {
        return await start(either)
      } catch (error) {
        failure.abort(error)
        throw error
      }
    }),
  )
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (!failure.signal.aborted) return started
  await Promise.all(started.map(undo))
  throw failure.signal.reason
}
