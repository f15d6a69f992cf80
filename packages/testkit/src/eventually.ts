import { type Clock, systemClock } from '@ledgerbus/core'
import { TestkitError } from './errors/testkit-error.ts'

/** Options of {@link eventually}. */
export interface EventuallyOptions {
  /** The deadline, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number
  /** The pause between two checks, in milliseconds. @default 20 */
  readonly intervalMs?: number
  /** Whose time counts. @default the machine's */
  readonly clock?: Clock
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal
}

type Verdict<Result> =
  | { readonly met: true; readonly result: Result }
  | { readonly met: false; readonly error?: unknown }

async function ask<Result>(check: () => Result | Promise<Result>): Promise<Verdict<Result>> {
  try {
    const result = await check()
    return result === false ? { met: false } : { met: true, result }
  } catch (error) {
    return { met: false, error }
  }
}

function describe(error: unknown): string {
  if (error === undefined) return 'the check still returned false'
  return error instanceof Error ? error.message : `thrown: ${JSON.stringify(error)}`
}

/**
 * Waits until a condition holds: `check` neither throws nor returns `false`. For tests with real servers, which answer when
 * they answer; the last failure is in the message, and its `cause`.
 *
 * @returns what `check` returned
 * @throws TestkitError `TESTKIT_NOT_IN_TIME` at the deadline. A check that hangs is not cut short: let it end by itself.
 */
export async function eventually<Result>(
  check: () => Result | Promise<Result>,
  options: EventuallyOptions = {},
): Promise<Result> {
  const { timeoutMs = 10_000, intervalMs = 20, clock = systemClock, signal } = options
  const deadlineMs = clock.monotonicMs() + timeoutMs
  for (;;) {
    const verdict = await ask(check)
    if (verdict.met) return verdict.result
    signal?.throwIfAborted()
    const leftMs = deadlineMs - clock.monotonicMs()
    if (leftMs <= 0) {
      throw new TestkitError(`not within ${timeoutMs} ms: ${describe(verdict.error)}`, {
        code: 'TESTKIT_NOT_IN_TIME',
        cause: verdict.error,
      })
    }
    await clock.sleep(Math.min(intervalMs, leftMs), signal === undefined ? {} : { signal })
  }
}
