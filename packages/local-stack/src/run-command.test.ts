import { describe, expect, it } from 'vitest'
import { runCommand } from './run-command.ts'

const run = (script: string, timeoutMs = 10_000) => runCommand(process.execPath, ['-e', script], { env: {}, timeoutMs })

describe('running a command', () => {
  it('tells its exit code and what it printed', async () => {
    const { exitCode, output } = await run('console.log("out"); console.error("err"); process.exit(3)')

    expect(exitCode).toBe(3)
    expect(output.split('\n').toSorted()).toEqual(['', 'err', 'out'])
  })

  it('ends a command whose time is over', async () => {
    await expect(run('setInterval(() => {}, 1000)', 100)).resolves.toEqual({
      exitCode: 1,
      output: '\nended by SIGKILL',
    })
  })

  it('tells a command that does not exist from one that fails, and leaves no timer behind', async () => {
    const timersBefore = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

    const result = await runCommand('no-such-command-here', [], { env: {}, timeoutMs: 20_000 })

    expect(result).toEqual({ exitCode: undefined, output: '' })
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(timersBefore)
  })
})
