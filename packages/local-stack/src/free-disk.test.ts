import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freeBytes, requireFreeDisk } from './free-disk.ts'

describe('free disk', () => {
  it('is that of the nearest folder that exists', async () => {
    expect(await freeBytes(join(tmpdir(), 'not', 'there', 'yet'))).toBeGreaterThan(0)
  })

  it('is refused when there is less than needed, with both figures', async () => {
    await expect(requireFreeDisk(tmpdir(), Number.MAX_SAFE_INTEGER, 'Kafka')).rejects.toMatchObject({
      code: 'STACK_DISK_LOW',
      message: expect.stringMatching(/^Kafka needs \d+ MiB of disk in .*, and \d+ MiB are free; /),
    })
  })
})
