import { defineEvent } from '@ledgerbus/core'
import { z } from 'zod'

export const groupId = 'simulated-group'
export const partitions = 3

/** The event of a simulation: which key, and the how-manieth of it. */
export const NumberDrawn = defineEvent('number.drawn', {
  version: 1,
  description: 'What a simulation publishes',
  requireActor: false,
  requireEntity: true,
  topic: { name: 'numbers', partitions },
  payload: { after: z.object({ key: z.string(), sequence: z.int() }) },
})
