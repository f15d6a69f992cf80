import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { choosePorts, isPortFree, retryTakenPorts } from './free-ports.ts'
import { LocalStackError } from './local-stack-error.ts'

const taken = new LocalStackError('taken', { code: 'STACK_PORT_TAKEN', remedy: 'none' })

describe('choosing ports', () => {
  it('finds as many different free ones as asked, none of which the system gives to outgoing connections', async () => {
    const ports = await choosePorts(9)
    expect(new Set(ports).size).toBe(9)
    expect(ports.every((port) => port >= 20_000 && port < 32_000)).toBe(true)
  })

  it('takes the preferred ones first', async () => {
    const [preferred] = (await choosePorts(1)) as [number]
    const ports = await choosePorts(3, [preferred])
    expect(ports).toHaveLength(3)
    expect(ports[0]).toBe(preferred)
  })

  it('passes over a preferred one that somebody listens on', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo

    expect(await isPortFree(port)).toBe(false)
    expect(await choosePorts(2, [port])).not.toContain(port)
    server.close()
  })
})

describe('a start whose port is taken in between', () => {
  it('is tried again', async () => {
    const attempts: number[] = []
    const started = await retryTakenPorts(async (attempt) => {
      attempts.push(attempt)
      if (attempt < 3) throw taken
      return 'started'
    })
    expect(started).toBe('started')
    expect(attempts).toEqual([1, 2, 3])
  })

  it('fails when it happens three times', async () => {
    await expect(retryTakenPorts(() => Promise.reject(taken))).rejects.toBe(taken)
  })

  it('is not tried again for any other failure', async () => {
    let attempts = 0
    const start = (): Promise<never> => {
      attempts += 1
      return Promise.reject(new Error('no Java'))
    }
    await expect(retryTakenPorts(start)).rejects.toThrow('no Java')
    expect(attempts).toBe(1)
  })
})
