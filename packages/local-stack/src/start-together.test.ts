import { describe, expect, it } from 'vitest'
import { startTogether } from './start-together.ts'

describe('starting together', () => {
  it('returns what was started, in order', async () => {
    const starts = [async () => 'kafka', async () => 'clickhouse']
    expect(await startTogether(starts, async () => undefined)).toEqual(['kafka', 'clickhouse'])
  })

  it('gives the others up and undoes what has started when one fails, and throws that failure', async () => {
    const undone: string[] = []
    const waitForAbort = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const starts = [async () => 'kafka', waitForAbort, () => Promise.reject(new Error('no room'))]

    const together = startTogether(starts, async (name) => undone.push(name))

    await expect(together).rejects.toThrow('no room')
    expect(undone).toEqual(['kafka'])
  })
})
