import { BrokerError } from '@ledgerbus/core'
import { createInMemoryBroker } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { projectFolder, run } from '../test/fake-edge.ts'
import { commandWords } from './program.ts'

describe('ledgerbus', () => {
  it('without a command shows the help on stderr and ends with 2', async () => {
    const { exitCode, stdout, stderr } = await run([])
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/Usage: ledgerbus/u)
  })

  it('shows the help on stdout when asked for it, with every command and the exit codes', async () => {
    const { exitCode, stdout, stderr } = await run('--help')
    expect(exitCode).toBe(0)
    expect(stderr).toBe('')
    for (const [word] of commandWords) expect(stdout).toContain(word)
    expect(stdout).toMatch(/130 {2}interrupted/u)
  })

  it.each(commandWords)('%s %s has help with examples, variables and exit codes', async (...words) => {
    const { exitCode, stdout } = await run([...words.filter((word) => word !== undefined), '--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/Examples:\n {2}/u)
    expect(stdout).toMatch(/Variables:/u)
    expect(stdout).toMatch(/Exit codes:/u)
  })

  it.each([
    ['relpay', /unknown command 'relpay'; Did you mean replay\?/u],
    ['topic lst', /unknown command 'lst'; Did you mean list\?/u],
    ['replay --form 2026-01-31', /unknown option '--form'; Did you mean --from\?/u],
    ['topic list extra', /too many arguments/u],
    ['topic list -o xml', /Allowed choices are text, json, jsonl, none/u],
    ['topic status', /missing required argument 'topic'/u],
  ])('%s ends with 2 and says what was meant', async (argv, message) => {
    const { exitCode, stdout, stderr } = await run(argv)
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^error: {2}CLI_USAGE: /u)
  })

  it('tells an error as one JSON object where JSON was asked for', async () => {
    const { exitCode, stderr } = await run('topic status nowhere --json')
    expect(exitCode).toBe(2)
    expect(JSON.parse(stderr)).toMatchObject({
      schemaVersion: 1,
      error: { code: 'CLI_TOPIC_UNKNOWN', link: expect.stringContaining('#cli_topic_unknown') },
    })
  })

  it('tells an error without a stack unless --debug is given', async () => {
    expect((await run('topic status nowhere')).stderr).not.toMatch(/\n\s+at /u)
    expect((await run('topic status nowhere --debug')).stderr).toMatch(/\n\s+at /u)
  })

  it('shows with --debug the stacks of what lay beneath an error, too', async () => {
    const broker = createInMemoryBroker()
    const failing = {
      ...broker,
      createAdmin: () => {
        throw new BrokerError('not reached', { code: 'BROKER_UNREACHABLE', cause: new Error('the root of it') })
      },
    }
    expect((await run('topic list --debug', { broker: failing })).stderr).toMatch(
      /caused by: Error: the root of it\n\s+at /u,
    )
  })

  it('tells of a cause only its first line, as JSON all of it', async () => {
    const broker = createInMemoryBroker()
    const cause = new Error('no such user\n\nIf you forgot the password, edit a file')
    const failing = {
      ...broker,
      createAdmin: () => {
        throw new BrokerError('refused', { code: 'BROKER_AUTHENTICATION', cause })
      },
    }
    expect((await run('topic list', { broker: failing })).stderr).toMatch(/^cause: {2}no such user$/mu)
    expect((await run('topic list -o json', { broker: failing })).stderr).toContain('edit a file')
  })

  it('ends with 1 and names the reason when the output cannot be written', async () => {
    const full = Object.assign(new Error('no space left on device, write'), { code: 'ENOSPC' })
    const { exitCode, stderr } = await run('version', { stdoutFailure: full })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^error: {2}CLI_OUTPUT_FAILED: the output cannot be written \(ENOSPC\)$/mu)
  })

  it('prints its version, also as --version', async () => {
    expect((await run('version')).stdout).toMatch(/^ledgerbus \d+\.\d+\.\d+ \(Node \d/u)
    expect(JSON.parse((await run('version -o json')).stdout)).toMatchObject({
      schemaVersion: 1,
      version: expect.any(String),
    })
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/u)
  })

  it('drops the one `--` that pnpm hands through', async () => {
    expect((await run(['--', 'version'])).exitCode).toBe(0)
    expect((await run(['replay', '--', '--help'])).exitCode).toBe(0)
  })

  it('says what is missing where Kafka is not configured', async () => {
    const { exitCode, stderr } = await run('topic list', { env: {} })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/CLI_CONFIGURATION: no address of Kafka/u)
    expect(stderr).toMatch(/remedy: set KAFKA_BROKERS/u)
  })

  it('ends with 3 when Kafka is down', async () => {
    const broker = createInMemoryBroker()
    broker.controls.goDown()
    const { exitCode, stderr } = await run('topic list', { broker })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/error: {2}BROKER_UNREACHABLE: /u)
  })

  it('uses no colours in a pipe, with NO_COLOR and on a dumb terminal', async () => {
    const escape = '\u001b['
    const env = { KAFKA_BROKERS: 'memory:1' }
    expect((await run('topic status nowhere')).stderr).not.toContain(escape)
    expect((await run('topic status nowhere', { isTerminal: true, env })).stderr).toContain(escape)
    expect(
      (await run('topic status nowhere', { isTerminal: true, env: { ...env, NO_COLOR: '1' } })).stderr,
    ).not.toContain(escape)
    expect(
      (await run('topic status nowhere', { isTerminal: true, env: { ...env, TERM: 'dumb' } })).stderr,
    ).not.toContain(escape)
  })

  it('ends at once when it is interrupted while Kafka answers nothing', async () => {
    const { Interruption } = await import('./edge/interruption.ts')
    const end = new AbortController()
    const broker = createInMemoryBroker()
    const admin = broker.createAdmin()
    const listTopics = () => {
      end.abort(new Interruption('SIGINT'))
      return new Promise<never>(() => undefined)
    }
    const frozen = { ...broker, createAdmin: () => ({ ...admin, listTopics }) }
    const { exitCode } = await run('topic list', { broker: frozen, interrupted: end.signal })
    expect(exitCode).toBe(130)
  })

  it('ends with 130 when it is interrupted before it could answer', async () => {
    const { Interruption } = await import('./edge/interruption.ts')
    const interrupted = AbortSignal.abort(new Interruption('SIGINT'))
    const { exitCode, stderr } = await run('topic list', { interrupted, cwd: projectFolder })
    expect(exitCode).toBe(130)
    expect(stderr).toMatch(/CLI_INTERRUPTED/u)
  })
})
