import { AsyncLocalStorage } from 'node:async_hooks'
import type { EventContext, EventContextCarrier } from '@ledgerbus/core'

/** A carrier of its own, for tests and for processes that keep two platforms apart. */
export function createEventContext(): EventContextCarrier {
  const storage = new AsyncLocalStorage<EventContext>()
  return Object.freeze({
    current: () => storage.getStore(),
    run: <Result>(context: EventContext, action: () => Result): Result => storage.run(context, action),
  })
}

const shared: unique symbol = Symbol.for('ledgerbus.event-context')

/**
 * The carrier of this process: consumers run handlers within it, producers ask it what they follow from. One a process, also when the package
 * is installed twice.
 */
export const eventContext: EventContextCarrier = Object.freeze({
  current: () => sharedCarrier().current(),
  run: <Result>(context: EventContext, action: () => Result): Result => sharedCarrier().run(context, action),
})

/** Made at the first use, so that importing the package does nothing. */
function sharedCarrier(): EventContextCarrier {
  const holder = globalThis as { [shared]?: EventContextCarrier }
  holder[shared] ??= createEventContext()
  return holder[shared]
}
