import { on, onBatch } from '../../../../src/on.ts'

export const users = [
  on('user.*', () => undefined),
  onBatch('user.**', () => undefined, { maxRecords: 10, maxWaitMs: 5, name: 'users in batches' }),
]
