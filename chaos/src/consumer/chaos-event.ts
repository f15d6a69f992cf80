import { defineEvent } from '@ledgerbus/core'
import { z } from 'zod'

export const topic = 'chaos'
export const groupId = 'chaos-group'
const partitions = 12

/** The event of a run: which key, and the how-manieth of it. */
export const CounterCounted = defineEvent('counter.counted', {
  version: 1,
  description: 'What a chaos run publishes',
  requireActor: false,
  requireEntity: true,
  topic: {
    name: topic,
    partitions,
    replicationFactor: 3,
    settings: { 'min.insync.replicas': '2', 'retention.ms': '-1' },
  },
  payload: { after: z.object({ key: z.string(), sequence: z.int(), filling: z.string() }) },
})
