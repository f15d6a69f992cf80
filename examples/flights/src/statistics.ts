import { on, type Subscription } from '@ledgerbus/consumer'
import { FlightLanded } from './flight-landed.ts'

/** A second group on the same topic: landings per airport. A replay to another group must not count a flight twice. */
export interface Statistics {
  readonly landings: Map<string, number>
  readonly subscription: Subscription
}

export function createStatistics(): Statistics {
  const landings = new Map<string, number>()
  return {
    landings,
    subscription: on(
      FlightLanded,
      (event) => {
        const airport = event.payload.after.destination
        landings.set(airport, (landings.get(airport) ?? 0) + 1)
      },
      { name: 'count-landings' },
    ),
  }
}
