import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CommandError } from '../errors/command-error.ts'

/** What an orchestrator asks; the answer is in the status code, `?verbose` tells it to people. */
export interface Probe {
  readonly isWell: boolean
  readonly said: string
}

/** Answers to the three questions, asked anew at each request. */
export interface Probes {
  readonly '/livez': () => Probe
  readonly '/readyz': () => Probe
  readonly '/startupz': () => Probe
}

export interface ProbeServer {
  readonly port: number
  close(): Promise<void>
}

/** @throws CommandError `CLI_CONFIGURATION` when the port cannot be had */
export async function startProbeServer(
  probes: Probes,
  /** The text of `/metrics`. */
  metrics: () => string,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<ProbeServer> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://probe')
    if (pathname === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
      response.end(metrics())
      return
    }
    const probe = pathname in probes ? probes[pathname as keyof Probes]() : undefined
    const text =
      probe === undefined
        ? 'ask /livez, /readyz, /startupz or /metrics'
        : answerText(probe, searchParams.has('verbose'))
    response.writeHead(probe === undefined ? 404 : probe.isWell ? 200 : 503, { 'content-type': 'text/plain' })
    response.end(`${text}\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new CommandError(`the probes cannot listen on ${host}:${port}`, { code: 'CLI_CONFIGURATION', cause: error }),
      )
    })
    server.listen(port, host, resolve)
  })
  // The probes must not keep the process alive once everything else is done.
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function answerText({ isWell, said }: Probe, isVerbose: boolean): string {
  if (isVerbose) return said
  return isWell ? 'ok' : 'not ok'
}
