import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { LocalStackError } from './local-stack-error.ts'

/**
 * Below the ports that Linux, macOS and Windows give to outgoing connections (32768 and up): a port asked from the system
 * with `listen(0)` and released again is often taken by somebody's outgoing connection before the server binds it.
 */
const lowest = 20_000
const highest = 32_000
const triesPerPort = 50

/**
 * Ports of the loopback address that nobody listens on right now, all different: the preferred ones first, if all of them
 * are free, and found ones for the rest.
 *
 * They are not reserved: another process may take one before the server does, so a start is tried again with others.
 */
export async function choosePorts(count: number, preferred: readonly number[] = []): Promise<readonly number[]> {
  const preferredAreFree = (await Promise.all(preferred.map(isPortFree))).every(Boolean)
  const chosen = new Set<number>(preferredAreFree ? preferred : [])
  for (let tries = 0; chosen.size < count; tries += 1) {
    if (tries > count * triesPerPort) {
      throw new LocalStackError(`no ${count} free ports found between ${lowest} and ${highest}`, {
        code: 'STACK_PORT_TAKEN',
        remedy: 'stop some of the servers that listen there',
        retriable: true,
      })
    }
    const port = randomInt(lowest, highest)
    if (await isPortFree(port)) chosen.add(port)
  }
  return [...chosen]
}

/** Whether a server could listen on this port of 127.0.0.1 now. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer()
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

const mostStarts = 3

/**
 * Starts something that listens on chosen ports, and once more with others when one of them was taken in between.
 *
 * @param start gets the number of the try, the first being 1
 */
export async function retryTakenPorts<Started>(start: (attempt: number) => Promise<Started>): Promise<Started> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(attempt)
    } catch (error) {
      const taken = error instanceof LocalStackError && error.code === 'STACK_PORT_TAKEN'
      if (!taken || attempt === mostStarts) throw error
    }
  }
}
