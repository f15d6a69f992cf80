import {
  ConfigurationError,
  isEventDefinition,
  parseEventPattern,
  resolveRetryPolicy,
  type RetryOptions,
  type RetryPolicy,
} from '@ledgerbus/core'
import type { Subscription } from '../on.ts'
import type { BoundHandler } from './bound-handler.ts'

const longestName = 200

/** Checks subscriptions and completes them with the consumer's retry options; every problem goes into `problems`. */
export function bindSubscriptions(
  subscriptions: readonly Subscription[],
  retry: RetryOptions | undefined,
  problems: string[],
): readonly BoundHandler[] {
  const names = new Set<string>()
  return subscriptions.flatMap((subscription, index) => {
    const { name, handler } = subscription ?? {}
    const at = `subscriptions[${index}]`
    if (typeof handler !== 'function') {
      problems.push(`${at}: a subscription made by on(definition or pattern, handler)`)
      return []
    }
    if (typeof name !== 'string' || name === '' || name.length > longestName) {
      problems.push(`${at}: the name has 1 to ${longestName} characters`)
    } else if (names.has(name)) {
      problems.push(
        `${at}: two handlers are named ${JSON.stringify(name)}; give one of them another \`name\`, as dead letters tell them apart by it`,
      )
    }
    names.add(name)
    const target = readTarget(subscription, at, problems)
    const policy = readPolicy(subscription, retry, at, problems)
    return target === undefined || policy === undefined ? [] : [{ name, handler, target, policy }]
  })
}

function readTarget({ target }: Subscription, at: string, problems: string[]): BoundHandler['target'] | undefined {
  if (isEventDefinition(target)) return { kind: 'definition', definition: target }
  return collect(at, problems, () => ({ kind: 'pattern', pattern: parseEventPattern(target as string) }))
}

function readPolicy(
  subscription: Subscription,
  retry: RetryOptions | undefined,
  at: string,
  problems: string[],
): RetryPolicy | undefined {
  return collect(at, problems, () => resolveRetryPolicy({ ...retry, ...subscription.retry }))
}

function collect<Result>(at: string, problems: string[], read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    problems.push(...error.problems.map((problem) => `${at}: ${problem}`))
    return undefined
  }
}
