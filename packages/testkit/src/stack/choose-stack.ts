import { ConfigurationError } from '@ledgerbus/core'
import { TestkitError } from '../errors/testkit-error.ts'
import type { StackEnvironment, StackKind, StackProvider } from './stack-provider.ts'

/** Ways that can be gone, best first, and why the better ones cannot. */
export interface StackChoice {
  /** Whether `LEDGERBUS_STACK` names the one way; then there is no other. */
  readonly isForced: boolean
  readonly candidates: readonly StackProvider[]
  readonly obstacles: readonly StackObstacle[]
}

/** Why one way cannot be gone. */
export interface StackObstacle {
  readonly kind: StackKind
  readonly text: string
}

const kinds: readonly StackKind[] = ['external', 'docker', 'local']

/** The way that `LEDGERBUS_STACK` insists on. @throws ConfigurationError when it names none */
export function forcedKind(environment: StackEnvironment): StackKind | undefined {
  const wish = environment['LEDGERBUS_STACK']
  if (wish === undefined || wish === '') return undefined
  const kind = kinds.find((known) => known === wish)
  if (kind !== undefined) return kind
  throw new ConfigurationError('stack', [`LEDGERBUS_STACK is ${wish}; it may be ${kinds.join(', ')}`])
}

function unavailable(isForced: boolean, obstacles: readonly StackObstacle[]): TestkitError {
  const hint = isForced ? 'LEDGERBUS_STACK insists on it' : 'one of them is needed'
  return new TestkitError(`no stack can be started, and ${hint}: ${obstacles.map(({ text }) => text).join('; ')}`, {
    code: 'TESTKIT_STACK_UNAVAILABLE',
  })
}

/**
 * Addresses given, else Docker if an engine answers, else local processes. A forced choice is the only one.
 *
 * @param providers in that order
 * @throws TestkitError `TESTKIT_STACK_UNAVAILABLE` when there is no way, with every reason
 */
export async function chooseStack(
  environment: StackEnvironment,
  providers: readonly StackProvider[],
): Promise<StackChoice> {
  const forced = forcedKind(environment)
  const allowed = providers.filter(({ kind }) => forced === undefined || kind === forced)
  const candidates: StackProvider[] = []
  const obstacles: StackObstacle[] = []
  for (const provider of allowed) {
    const obstacle = await provider.obstacle()
    if (obstacle === undefined) candidates.push(provider)
    else obstacles.push({ kind: provider.kind, text: `${provider.title}: ${obstacle}` })
    // Given addresses settle it; asking whether Docker answers would only cost time.
    if (obstacle === undefined && provider.kind === 'external') break
  }
  if (candidates.length === 0) throw unavailable(forced !== undefined, obstacles)
  return { isForced: forced !== undefined, candidates, obstacles }
}
