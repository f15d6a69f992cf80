import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { EventInput } from '@ledgerbus/core'
import { z } from 'zod'
import type { FlightLanded } from './flight-landed.ts'

const Row = z.object({
  date: z.string(),
  delay: z.int(),
  distance: z.int(),
  origin: z.string(),
  destination: z.string(),
})

/** `2001/01/01 00:47`, as the data set writes it; taken as UTC, since it names no zone. */
function toTimestamp(date: string): string {
  return `${date.replaceAll('/', '-').replace(' ', 'T')}:00.000Z`
}

/** The 20,000 flights of January to March 2001 in the npm package `vega-datasets`, as events to publish, oldest first. */
export async function readFlights(): Promise<EventInput<typeof FlightLanded>[]> {
  const file = fileURLToPath(new URL('../data/flights-20k.json', import.meta.resolve('vega-datasets')))
  const rows = z.array(Row).parse(JSON.parse(await readFile(file, 'utf8')))
  return rows.map((row, index) => ({
    entityId: `${row.origin}-${row.destination}-${index}`,
    actor: { type: 'airport', id: row.destination },
    organizationId: row.origin,
    timestamp: toTimestamp(row.date),
    payload: {
      after: { origin: row.origin, destination: row.destination, distanceMiles: row.distance, delayMinutes: row.delay },
    },
  }))
}
