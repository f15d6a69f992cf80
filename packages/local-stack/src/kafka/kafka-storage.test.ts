import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clusterIdentity } from './kafka-storage.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledgerbus-storage-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('the identity of a data folder', () => {
  it('is 16 random bytes that Kafka takes for an id, and stays', async () => {
    const identity = await clusterIdentity(folder, 3)
    expect(identity.clusterId).toMatch(/^[\w][\w-]{21}$/)
    expect(await clusterIdentity(folder, 3)).toEqual(identity)
  })

  it('is not given to a cluster of another size', async () => {
    await clusterIdentity(folder, 3)
    await expect(clusterIdentity(folder, 1)).rejects.toMatchObject({
      code: 'STACK_OPTIONS_INVALID',
      message: expect.stringContaining('a cluster of 3 brokers, not of 1'),
    })
  })
})
