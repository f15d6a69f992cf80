import { TestkitError } from '../errors/testkit-error.ts'
import type { ProvidedStack } from './provided-stack.ts'
import type { StackAddresses } from './stack-addresses.ts'

// Vitest is an optional peer: only a process that it started loads it.
const inject = process.env['VITEST'] === undefined ? undefined : (await import('vitest')).inject

function provided(): ProvidedStack | undefined {
  return inject?.('ledgerbusStack')
}

/**
 * The addresses of the stack that Vitest's global set-up started, for integration tests.
 *
 * @throws TestkitError `TESTKIT_NO_STACK` outside of a project with that set-up
 */
export function stackAddresses(): StackAddresses {
  const stack = provided()
  if (stack?.kind === 'running') return stack.addresses
  throw new TestkitError(
    "no stack was started for this test; put it into a project whose globalSetup is the testkit's, or call startStack()",
    { code: 'TESTKIT_NO_STACK' },
  )
}
