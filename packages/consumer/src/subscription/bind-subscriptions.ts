import {
  ConfigurationError,
  isEventDefinition,
  parseEventPattern,
  resolveRetryPolicy,
  type RetryOptions,
} from '@ledgerbus/core'
import { createHandlerLimit } from '../lanes/handler-limit.ts'
import type { Subscription, SubscriptionOptions } from '../on.ts'
import type { BoundHandler } from './bound-handler.ts'

const longestName = 200

/** Checks subscriptions and completes them with the consumer's retry options; every problem goes into `problems`. */
export function bindSubscriptions(
  subscriptions: readonly Subscription[],
  retry: RetryOptions | undefined,
  problems: string[],
): readonly BoundHandler[] {
  const names = new Set<string>()
  // Wrong common options are one problem, not one a subscription; with the defaults in their place the rest is still checked.
  const common = collect(undefined, problems, () => resolveRetryPolicy(retry)) === undefined ? {} : retry
  return subscriptions.flatMap((subscription, index) => {
    const { name, handler, options } = subscription ?? {}
    const at = `subscriptions[${index}]`
    if (typeof handler !== 'function' || typeof options !== 'object') {
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
    problems.push(...optionProblems(options).map((problem) => `${at}: ${problem}`))
    const policy =
      collect(at, problems, () => resolveRetryPolicy({ ...common, ...options.retry })) ?? resolveRetryPolicy()
    const limit = options.concurrency === undefined ? undefined : createHandlerLimit(options.concurrency)
    return target === undefined ? [] : [{ name, handler, target, policy, limit }]
  })
}

const knownOptions: ReadonlySet<string> = new Set([
  'name',
  'retry',
  'concurrency',
] satisfies (keyof SubscriptionOptions)[])

function optionProblems(options: SubscriptionOptions): readonly string[] {
  const { concurrency } = options
  const problems = Object.keys(options)
    .filter((option) => !knownOptions.has(option))
    .map((option) => `${option}: is no option`)
  if (concurrency !== undefined && (!Number.isInteger(concurrency) || concurrency < 1)) {
    problems.push(`concurrency: a whole number from 1, not ${String(concurrency)}`)
  }
  return problems
}

function readTarget({ target }: Subscription, at: string, problems: string[]): BoundHandler['target'] | undefined {
  if (isEventDefinition(target)) return { kind: 'definition', definition: target }
  return collect(at, problems, () => ({ kind: 'pattern', pattern: parseEventPattern(target) }))
}

function collect<Result>(at: string | undefined, problems: string[], read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    problems.push(...error.problems.map((problem) => (at === undefined ? problem : `${at}: ${problem}`)))
    return undefined
  }
}
