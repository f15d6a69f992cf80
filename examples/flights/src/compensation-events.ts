import { defineEvent } from '@ledgerbus/core'
import { z } from 'zod'

const Amount = z.object({ amount: z.int().positive(), distanceMiles: z.int().positive() })

/** The passengers of a late flight were promised money. */
export const CompensationGranted = defineEvent('compensation.granted', {
  version: 1,
  description: 'The passengers of a late flight were promised an amount',
  requireEntity: true,
  payload: { after: Amount },
  topic: { name: 'compensation', partitions: 3 },
  example: { after: { amount: 400, distanceMiles: 1750 } },
})

/** An amount promised earlier was wrong and has been changed. */
export const CompensationCorrected = defineEvent('compensation.corrected', {
  version: 1,
  description: 'An amount promised earlier was wrong',
  requireEntity: true,
  payload: { before: Amount, after: Amount },
  topic: { name: 'compensation', partitions: 3 },
  example: { before: { amount: 250, distanceMiles: 1750 }, after: { amount: 400, distanceMiles: 1750 } },
})
