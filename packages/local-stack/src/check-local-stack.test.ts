import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkLocalStack } from './check-local-stack.ts'

let cacheDir: string

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'ledgerbus-check-'))
})
afterEach(() => rm(cacheDir, { recursive: true }))

describe('the check of the machine', () => {
  it('finds everything that is missing at once, with the servers it concerns', async () => {
    const check = await checkLocalStack({ cacheDir, environment: { PATH: '/nowhere' } })
    expect(check.downloaded).toBe(false)
    expect(check.java).toBeUndefined()
    expect(check.problems.slice(0, 2)).toMatchObject([
      { code: 'STACK_JAVA_MISSING', servers: ['kafka', 'schemaRegistry'] },
      { code: 'STACK_MAVEN_MISSING', servers: ['kafka', 'schemaRegistry'] },
    ])
    expect(check.startable).not.toContain('kafka')
  })

  it('names the platform', async () => {
    const check = await checkLocalStack({ cacheDir, environment: { PATH: '/nowhere' } })
    expect(check.platform).toBe(`${process.platform}-${process.arch}`)
  })
})
