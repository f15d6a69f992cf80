import { describe, expect, it } from 'vitest'
import { TestkitError } from '../errors/testkit-error.ts'
import { stackOrReason } from './stack-or-reason.ts'

const unavailable = new TestkitError('no stack can be started: no Java', { code: 'TESTKIT_STACK_UNAVAILABLE' })
const startNothing = (): Promise<never> => Promise.reject(unavailable)

describe('integration tests without a stack', () => {
  it('are skipped with the reason on a machine that cannot have one', async () => {
    expect(await stackOrReason({}, startNothing)).toBe('no stack can be started: no Java')
  })

  it('fail under CI, where a skip would pass for a green run', async () => {
    await expect(stackOrReason({ CI: 'true' }, startNothing)).rejects.toBe(unavailable)
  })

  it('fail where the choice was forced', async () => {
    await expect(stackOrReason({ LEDGERBUS_STACK: 'docker' }, startNothing)).rejects.toBe(unavailable)
  })

  it('fail when a server began to start and broke', async () => {
    const broken = new Error('the broker ended with code 1')

    await expect(stackOrReason({}, () => Promise.reject(broken))).rejects.toBe(broken)
  })
})
