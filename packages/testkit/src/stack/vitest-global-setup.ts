import type { TestProject } from 'vitest/node'
// Types what is provided.
import './provided-stack.ts'
import { stackOrReason } from './stack-or-reason.ts'
import { startStack } from './start-stack.ts'

/** Vitest's global set-up of the integration project: one stack for all its files, stopped when the last is done. */
export default async function setUpStack(project: TestProject): Promise<() => Promise<void>> {
  const environment = process.env
  const found = await stackOrReason(environment, () => startStack({ environment }))
  if (typeof found === 'string') {
    process.stderr.write(`integration tests are skipped: ${found}\n`)
    project.provide('ledgerbusStack', { kind: 'missing', reason: found })
    return async () => undefined
  }
  project.provide('ledgerbusStack', { kind: 'running', addresses: found.addresses })
  return () => found.stop()
}
