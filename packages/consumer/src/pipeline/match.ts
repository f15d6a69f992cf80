import { type Envelope, matchesPattern, readsVersion } from '@ledgerbus/core'
import type { BoundHandler } from '../subscription/bound-handler.ts'

/** The handlers of an event, in the order of the subscriptions. */
export type Matcher = (envelope: Envelope) => readonly BoundHandler[]

/** Names and versions remembered; a topic has tens of them, and a stranger could write any number. */
const maxRemembered = 1_000

export function createMatcher(handlers: readonly BoundHandler[]): Matcher {
  const byName = new Map<string, Map<number, readonly BoundHandler[]>>()
  let remembered = 0

  return ({ name, version }) => {
    const known = byName.get(name)?.get(version)
    if (known !== undefined) return known
    const matching = matchHandlers(handlers, name, version)
    if (remembered >= maxRemembered) {
      byName.clear()
      remembered = 0
    }
    const versions = byName.get(name) ?? new Map<number, readonly BoundHandler[]>()
    byName.set(name, versions.set(version, matching))
    remembered += 1
    return matching
  }
}

function matchHandlers(handlers: readonly BoundHandler[], name: string, version: number): readonly BoundHandler[] {
  const matching = handlers.filter(({ target }) =>
    target.kind === 'definition' ? target.definition.name === name : matchesPattern(target.pattern, name),
  )
  const isForVersion = ({ target }: BoundHandler): boolean =>
    target.kind === 'definition' && readsVersion(target.definition, version)
  // Two versions of an event may be subscribed to side by side: then each takes those that it reads, so a version that one upcasts and another
  // is defined for goes to both, and what a handler gets does not depend on the others. A version that nobody knows stays with all of
  // them, to fail in validation: an event that was subscribed to must not be passed over.
  if (!matching.some(isForVersion)) return matching
  return matching.filter((handler) => handler.target.kind === 'pattern' || isForVersion(handler))
}
