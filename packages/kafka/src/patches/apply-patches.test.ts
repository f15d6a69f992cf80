import { describe, expect, it } from 'vitest'
import { applyPatches } from './apply-patches.ts'

describe('patches of the client', () => {
  it('are refused for a version they were not written for', () => {
    const touched: string[] = []
    const modules = {
      load(path: string): unknown {
        touched.push(path)
        return { version: '2.3.0' }
      },
      replace: () => undefined,
    }

    expect(() => applyPatches(modules)).toThrow(
      expect.objectContaining({
        code: 'BROKER_CLIENT_VERSION',
        message: expect.stringContaining('install kafkajs@2.2.4'),
      }),
    )
    expect(touched).toEqual(['package.json'])
  })
})
