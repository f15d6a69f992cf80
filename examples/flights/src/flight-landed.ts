import { defineEvent } from '@ledgerbus/core'
import { z } from 'zod'

const Flight = z.object({
  origin: z.string().length(3),
  destination: z.string().length(3),
  distanceMiles: z.int().positive(),
  /** Negative: early. */
  delayMinutes: z.int(),
})

/** A flight reached its gate. Flights of one origin keep their order: the key is the origin. */
export const FlightLanded = defineEvent('flight.landed', {
  version: 1,
  description: 'A flight reached its gate',
  requireEntity: true,
  requireActor: true,
  payload: { after: Flight },
  topic: { name: 'flight', partitions: 6 },
  key: (event) => event.payload.after.origin,
  example: { after: { origin: 'DTW', destination: 'LAS', distanceMiles: 1750, delayMinutes: 66 } },
})
