import { eventually } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { descendantsOf, isAlive } from './descendants.ts'
import { runCommand } from './run-command.ts'

describe('pnpm chaos', { timeout: 420_000 }, () => {
  it('leaves no process behind when it is interrupted, not even a frozen one', async () => {
    const run = runCommand('consumer', '--events', '60000', '--faults', '20', '--seed', '1')
    await run.says('member-freeze')
    const processes = descendantsOf(run.child.pid ?? 0)
    // A supervisor and a server for each of three brokers, and members.
    expect(processes.length).toBeGreaterThan(7)

    run.child.kill('SIGINT')
    expect(await run.ended).toMatchObject({ code: 130, stdout: '' })
    await eventually(() => expect(processes.filter(isAlive)).toEqual([]))
  })

  it('says how it is used', async () => {
    expect(await runCommand('sinks').ended).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('usage:'),
    })
  })
})
