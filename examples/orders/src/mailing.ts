import { on, type Subscription } from '@ledgerbus/consumer'

/** Writes to the customer about everything that happens to an order: a pattern instead of a definition. */
export function createMailing(): { readonly mails: string[]; readonly subscription: Subscription } {
  const mails: string[] = []
  return {
    mails,
    subscription: on('order.*', (event) => {
      mails.push(`your order ${event.entity?.id ?? '?'} was ${event.action}`)
    }),
  }
}
