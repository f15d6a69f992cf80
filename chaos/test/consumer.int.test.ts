import { describe, expect, it } from 'vitest'
import { verdictOf } from './run-command.ts'

describe('pnpm chaos', { timeout: 420_000 }, () => {
  it('consumer: loses, doubles and inverts nothing while members, brokers and their network break', async () => {
    const verdict = await verdictOf('consumer', '--events', '60000', '--faults', '20', '--keys', '2000', '--seed', '4')
    expect(verdict).toMatch(/^CHAOS consumer ok events=60000 faults=20 lost=0 doubled=0 inverted=0 .*seed=4\n$/)
  })

  it('rolling-restart: handles nothing twice while members are closed and replaced', async () => {
    const verdict = await verdictOf('rolling-restart', '--events', '30000', '--restarts', '6', '--seed', '4')
    expect(verdict).toMatch(
      /^CHAOS rolling-restart ok events=30000 restarts=6 lost=0 doubled=0 inverted=0 repeated=0 .*seed=4\n$/,
    )
  })
})
