import { TestkitError } from '../errors/testkit-error.ts'
import { forcedKind } from './choose-stack.ts'
import type { StackEnvironment } from './stack-provider.ts'
import type { Stack } from './start-stack.ts'

/** Where a missing server must not pass for a green run. */
function mustHaveStack(environment: StackEnvironment): boolean {
  return environment['CI'] === 'true' || forcedKind(environment) !== undefined
}

/**
 * A stack, or why there is none on this machine. What began to start and failed is thrown, and so is everything where
 * `CI=true` or a forced choice says that there must be a stack.
 */
export async function stackOrReason(
  environment: StackEnvironment,
  start: () => Promise<Stack>,
): Promise<Stack | string> {
  try {
    return await start()
  } catch (error) {
    const isMissing = error instanceof TestkitError && error.code === 'TESTKIT_STACK_UNAVAILABLE'
    if (isMissing && !mustHaveStack(environment)) return error.message
    throw error
  }
}
