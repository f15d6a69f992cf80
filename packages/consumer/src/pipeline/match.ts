import { type Envelope, matchesPattern } from '@ledgerbus/core'
import type { BoundHandler } from '../subscription/bound-handler.ts'

/** The handlers of an event, in the order of the subscriptions. */
export type Matcher = (envelope: Envelope) => readonly BoundHandler[]

/** Names remembered; a topic has tens of them, and a stranger could write any number. */
const maxNames = 1_000

export function createMatcher(handlers: readonly BoundHandler[]): Matcher {
  const byName = new Map<string, readonly BoundHandler[]>()

  function handlersOf(name: string): readonly BoundHandler[] {
    const known = byName.get(name)
    if (known !== undefined) return known
    const matching = handlers.filter(({ target }) =>
      target.kind === 'definition' ? target.definition.name === name : matchesPattern(target.pattern, name),
    )
    if (byName.size >= maxNames) byName.clear()
    byName.set(name, matching)
    return matching
  }

  return ({ name, version }) => {
    const matching = handlersOf(name)
    const isForVersion = ({ target }: BoundHandler): boolean =>
      target.kind === 'definition' && target.definition.version === version
    // Two versions of an event may be subscribed to side by side: then each takes its own. A version that nobody knows stays with all of
    // them, to fail in validation: an event that was subscribed to must not be passed over.
    if (!matching.some(isForVersion)) return matching
    return matching.filter((handler) => handler.target.kind === 'pattern' || isForVersion(handler))
  }
}
