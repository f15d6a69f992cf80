import { on, type Subscription } from '@ledgerbus/consumer'
import type { EventOf } from '@ledgerbus/core'
import type { Producer } from '@ledgerbus/producer'
import { CompensationCorrected, CompensationGranted } from './compensation-events.ts'
import { FlightLanded } from './flight-landed.ts'

const kilometresPerMile = 1.609344
/** More than an hour late is compensated. */
export const lateMinutes = 60

/** The amount for a distance in kilometres. */
function amountFor(kilometres: number): number {
  if (kilometres <= 1500) return 250
  return kilometres <= 3500 ? 400 : 600
}

/** The bug: the distance is in miles, the table in kilometres. Long flights get too little. */
export function wrongAmount(distanceMiles: number): number {
  return amountFor(distanceMiles)
}

export function rightAmount(distanceMiles: number): number {
  return amountFor(distanceMiles * kilometresPerMile)
}

interface Amount {
  readonly amount: number
  readonly distanceMiles: number
}

export interface Compensation {
  /** What each late flight's passengers were promised; stands for a table. */
  readonly promised: Map<string, number>
  /** Flights that a replay brought, by event id; counts how often each was handled. */
  readonly replayed: Map<string, number>
  readonly subscription: Subscription
}

/** Handles late flights. Safe to run twice for one flight: the amount is set, not added. */
export function createCompensation(options: {
  readonly producer: Producer
  readonly promised: Map<string, number>
  readonly amount: (distanceMiles: number) => number
}): Compensation {
  const { producer, promised, amount } = options
  const replayed = new Map<string, number>()
  const gateway = createFlakyGateway()

  async function compensate(event: EventOf<typeof FlightLanded>, isReplay: boolean): Promise<void> {
    const { distanceMiles } = event.payload.after
    const flight = event.entity.id
    const after = { amount: amount(distanceMiles), distanceMiles }
    const before = promised.get(flight)
    if (before !== after.amount) {
      gateway.pay(event)
      await tell(flight, before === undefined ? undefined : { amount: before, distanceMiles }, after)
      promised.set(flight, after.amount)
    }
    if (isReplay) replayed.set(event.eventId, (replayed.get(event.eventId) ?? 0) + 1)
  }

  async function tell(flight: string, before: Amount | undefined, after: Amount): Promise<void> {
    if (before === undefined) await producer.publish(CompensationGranted, { entityId: flight, payload: { after } })
    else await producer.publish(CompensationCorrected, { entityId: flight, payload: { before, after } })
  }

  return {
    promised,
    replayed,
    subscription: on(
      FlightLanded,
      async (event, context) => {
        if (event.payload.after.delayMinutes <= lateMinutes) return context.skip('not-late')
        return compensate(event, context.replay !== undefined)
      },
      { name: 'compensate', retry: { maxAttempts: 4, initialDelayMs: 20 } },
    ),
  }
}

/** A payment gateway that times out at the first try of every tenth late flight or so. */
function createFlakyGateway(): { pay(event: EventOf<typeof FlightLanded>): void } {
  const tried = new Set<string>()
  return {
    pay(event) {
      const flaky = event.payload.after.delayMinutes % 10 === 0 && !tried.has(event.eventId)
      tried.add(event.eventId)
      if (flaky) throw new Error('the payment gateway did not answer')
    },
  }
}
