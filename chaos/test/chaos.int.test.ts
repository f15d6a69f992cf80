import { eventually } from '@ledgerbus/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { descendantsOf, isAlive } from './descendants.ts'
import { type RunningCommand, runCommand } from './run-command.ts'

describe('pnpm chaos', { timeout: 420_000 }, () => {
  const running = new Set<RunningCommand>()

  function chaos(...args: string[]): RunningCommand {
    const command = runCommand(...args)
    running.add(command)
    void command.ended.then(() => running.delete(command))
    return command
  }

  /** The verdict, or everything the run said. */
  async function verdictOf({ ended }: RunningCommand): Promise<string> {
    const { code, stdout, stderr } = await ended
    expect(code, `${stderr}\n${stdout}`).toBe(0)
    return stdout
  }

  afterEach(() => {
    for (const { child } of running) child.kill('SIGKILL')
  })

  it('consumer: loses, doubles and inverts nothing while members, brokers and their network break', async () => {
    const run = chaos('consumer', '--events', '60000', '--faults', '20', '--keys', '2000', '--seed', '4')
    expect(await verdictOf(run)).toMatch(
      /^CHAOS consumer ok events=60000 faults=20 lost=0 doubled=0 inverted=0 .*seed=4\n$/,
    )
  })

  it('rolling-restart: handles nothing twice while members are closed and replaced', async () => {
    const run = chaos('rolling-restart', '--events', '30000', '--restarts', '6', '--seed', '4')
    expect(await verdictOf(run)).toMatch(
      /^CHAOS rolling-restart ok events=30000 restarts=6 lost=0 doubled=0 inverted=0 repeated=0 .*seed=4\n$/,
    )
  })

  it('sink: the log reads exactly once while sinks, brokers, ClickHouse and their network break', async () => {
    const run = chaos('sink', '--events', '40000', '--faults', '12', '--seed', '4')
    expect(await verdictOf(run)).toMatch(
      /^CHAOS sink ok events=\d+ faults=12 .*lost=0 doubled=0 invented=0 bytes=0 commits=0 .*seed=4\n$/,
    )
  })

  it('crash-points: the log reads exactly once though sinks die before and after every step', async () => {
    const run = chaos('crash-points', '--times', '1', '--events', '2000', '--seed', '4')
    expect(await verdictOf(run)).toMatch(
      /^CHAOS crash-points ok events=\d+ points=13 lost=0 doubled=0 invented=0 .*seed=4\n$/,
    )
  })

  it('replay: each planned entry once though runners die, stand still and race, and brokers and ClickHouse break', async () => {
    // The first seed of eleven faults that has every kind of them in half a minute.
    const run = chaos('replay', '--events', '12000', '--faults', '11', '--keys', '1000', '--seed', '351')
    expect(await verdictOf(run)).toMatch(
      /^CHAOS replay ok events=\d+ faults=11 kills=\d+ .*lost=0 doubled=0 invented=0 inverted=0 bytes=0 .*seed=351\n$/,
    )
  })

  it('leaves no process behind when it is interrupted, not even a frozen one', async () => {
    const run = chaos('consumer', '--events', '60000', '--faults', '20', '--seed', '1')
    await run.says('member-freeze')
    const processes = descendantsOf(run.child.pid ?? 0)
    // A supervisor and a server for each of three brokers, and members.
    expect(processes.length).toBeGreaterThan(7)

    run.child.kill('SIGINT')
    expect(await run.ended).toMatchObject({ code: 130, stdout: '' })
    await eventually(() => expect(processes.filter(isAlive)).toEqual([]))
  })

  it('says how it is used', async () => {
    expect(await chaos('sinks').ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('usage:') })
  })
})
