import { describe, expect, it } from 'vitest'
import type { StackKind, StackProvider } from './stack-provider.ts'
import { startChosenStack } from './start-stack.ts'

const addresses = {
  kafkaBrokers: ['127.0.0.1:9092'],
  clickhouseUrl: 'http://default:secret@127.0.0.1:8123',
  schemaRegistryUrl: 'http://127.0.0.1:8080/apis/ccompat/v7',
}

interface FakeProvider extends StackProvider {
  readonly asked: string[]
}

/** A way to get a stack that notes what it was asked. */
function aProvider(
  kind: StackKind,
  title: string,
  { obstacle, failure }: { obstacle?: string; failure?: Error } = {},
): FakeProvider {
  const asked: string[] = []
  return {
    kind,
    title,
    asked,
    async obstacle() {
      asked.push('obstacle')
      return obstacle
    },
    async start({ progress }) {
      asked.push('start')
      progress('fetching')
      if (failure !== undefined) throw failure
      return {
        addresses,
        async stop() {
          asked.push('stop')
        },
      }
    },
  }
}

function recordLines(): { readonly lines: string[]; print(line: string): void } {
  const lines: string[] = []
  return { lines, print: (line) => void lines.push(line) }
}

const absent = 'they are not set'

describe('start stack', () => {
  it('takes addresses that are given without asking for anything else', async () => {
    const external = aProvider('external', 'the addresses given')
    const docker = aProvider('docker', 'Docker containers')
    const { lines, print } = recordLines()

    const stack = await startChosenStack([external, docker], { environment: {}, print })

    expect(stack).toMatchObject({ kind: 'external', addresses })
    expect(docker.asked).toEqual([])
    expect(lines[0]).toBe('stack: the addresses given')
  })

  it('takes Docker before local processes, and says in one line what it chose and why', async () => {
    const external = aProvider('external', 'the addresses given', { obstacle: absent })
    const docker = aProvider('docker', 'Docker containers', { obstacle: 'no engine answers' })
    const local = aProvider('local', 'local processes')
    const { lines, print } = recordLines()

    expect(
      (await startChosenStack([external, aProvider('docker', 'Docker containers'), local], { environment: {}, print }))
        .kind,
    ).toBe('docker')
    expect((await startChosenStack([external, docker, local], { environment: {}, print })).kind).toBe('local')

    expect(lines.filter((line) => /containers|processes/.test(line))).toEqual([
      'stack: Docker containers',
      'stack: local processes (Docker containers: no engine answers)',
    ])
  })

  it('prints progress and addresses, but no password', async () => {
    const { lines, print } = recordLines()

    await startChosenStack([aProvider('local', 'local processes')], { environment: {}, print })

    expect(lines.slice(1)).toEqual([
      'stack: fetching',
      'stack: Kafka 127.0.0.1:9092, ClickHouse http://127.0.0.1:8123, schema registry http://127.0.0.1:8080/apis/ccompat/v7',
    ])
  })

  it('goes on with the next way aloud when one that looked fine does not start', async () => {
    const docker = aProvider('docker', 'Docker containers', { failure: new Error('no such image') })
    const { lines, print } = recordLines()

    const stack = await startChosenStack([docker, aProvider('local', 'local processes')], { environment: {}, print })

    expect(stack.kind).toBe('local')
    expect(lines).toContain('stack: local processes (Docker containers did not start: no such image)')
  })

  it('never leaves a forced choice: neither when it is impossible nor when it does not start', async () => {
    const environment = { LEDGERBUS_STACK: 'docker' }
    const local = aProvider('local', 'local processes')
    const { print } = recordLines()

    const impossible = aProvider('docker', 'Docker containers', { obstacle: 'no engine answers' })
    await expect(startChosenStack([impossible, local], { environment, print })).rejects.toMatchObject({
      code: 'TESTKIT_STACK_UNAVAILABLE',
      message: 'no stack can be started, and LEDGERBUS_STACK insists on it: Docker containers: no engine answers',
    })
    const failure = new Error('no such image')
    const broken = aProvider('docker', 'Docker containers', { failure })
    await expect(startChosenStack([broken, local], { environment, print })).rejects.toBe(failure)
    expect(local.asked).toEqual([])
  })

  it('tells every reason when there is no way', async () => {
    const providers = [
      aProvider('external', 'the addresses given', { obstacle: absent }),
      aProvider('local', 'local processes', { obstacle: 'no Java' }),
    ]

    await expect(startChosenStack(providers, { environment: {} })).rejects.toMatchObject({
      code: 'TESTKIT_STACK_UNAVAILABLE',
      message: expect.stringContaining('the addresses given: they are not set; local processes: no Java'),
    })
  })

  it('refuses a choice it does not know', async () => {
    await expect(startChosenStack([], { environment: { LEDGERBUS_STACK: 'podman' } })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      problems: ['LEDGERBUS_STACK is podman; it may be external, docker, local'],
    })
  })

  it('tries nothing else once it was given up', async () => {
    const controller = new AbortController()
    const reason = new Error('stop')
    const docker: StackProvider = {
      ...aProvider('docker', 'Docker containers'),
      async start() {
        controller.abort(reason)
        throw reason
      },
    }
    const local = aProvider('local', 'local processes')
    const { print } = recordLines()

    const starting = startChosenStack([docker, local], { environment: {}, print, signal: controller.signal })

    await expect(starting).rejects.toBe(reason)
    expect(local.asked).toEqual(['obstacle'])
  })

  it('stops once, however often it is told to', async () => {
    const local = aProvider('local', 'local processes')
    const { print } = recordLines()
    const stack = await startChosenStack([local], { environment: {}, print })

    await Promise.all([stack.stop(), stack.stop()])

    expect(local.asked.filter((what) => what === 'stop')).toEqual(['stop'])
  })
})
