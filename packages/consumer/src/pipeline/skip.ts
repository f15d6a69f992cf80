import { ConfigurationError, isSkipRule } from '@ledgerbus/core'
import type { Skip } from '../handler.ts'

/** The rule of each `Skip` that was made here: nothing else passes for one. */
const rules = new WeakMap<object, string>()

/** @throws ConfigurationError for a rule that is no fixed word: it becomes a label of counts */
export function createSkip(rule: string): Skip {
  if (!isSkipRule(rule)) {
    throw new ConfigurationError('context.skip', [
      'a rule is a fixed word of a-z, 0-9 and hyphens, at most 64 characters, such as "on-time"',
    ])
  }
  const skip = Object.freeze({})
  rules.set(skip, rule)
  // The brand exists for the compiler only.
  return skip as Skip
}

/** The rule a handler's result says to skip by. */
export function skipRuleOf(result: unknown): string | undefined {
  return typeof result === 'object' && result !== null ? rules.get(result) : undefined
}
