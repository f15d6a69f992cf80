import { setTimeout as delay } from 'node:timers/promises'

/** How long and how often to look. */
export interface WaitOptions {
  readonly timeoutMs: number
  /** Pause between two looks. @default 50 */
  readonly intervalMs?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Looks again and again until nothing is missing any more.
 *
 * @param missing one look: a sentence that says what is still missing, or `undefined` when all is there. A look that
 *   throws is a look that found nothing; its message is the sentence.
 * @returns `undefined`, or the last sentence when the time ran out
 * @throws the signal's reason when it aborts
 */
export async function waitUntil(
  missing: (signal: AbortSignal) => Promise<string | undefined>,
  options: WaitOptions,
): Promise<string | undefined> {
  const deadline = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline
  let last: string | undefined = 'nothing has answered yet'
  while (!signal.aborted) {
    try {
      last = await missing(signal)
      if (last === undefined) return undefined
    } catch (error) {
      if (!signal.aborted) last = messageOf(error)
    }
    await delay(options.intervalMs ?? 50, undefined, { signal }).catch(() => undefined)
  }
  options.signal?.throwIfAborted()
  return last
}

/** Whether `promise` settles within `timeoutMs`; its rejection is passed on. */
export async function settlesWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const enough = new AbortController()
  try {
    return await Promise.race([
      promise.then(() => true),
      delay(timeoutMs, false, { signal: enough.signal }).catch(() => false),
    ])
  } finally {
    enough.abort()
  }
}

/** The innermost useful sentence of something thrown: `fetch` hides the reason of a refused connection in `cause`. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${messageOf(error.cause)}` : error.message
}
