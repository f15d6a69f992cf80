import { request } from 'node:http'

const pingTimeoutMs = 3_000
const defaultSocket = '/var/run/docker.sock'

/** Where the engine listens, as Docker's own tools read it. @returns {import('node:http').RequestOptions | undefined} */
function engineAddress() {
  const host = process.env['DOCKER_HOST']
  if (host === undefined || host === '') return { socketPath: defaultSocket }
  const url = new URL(host)
  if (url.protocol === 'unix:') return { socketPath: url.pathname }
  if (url.protocol === 'tcp:' || url.protocol === 'http:') return { host: url.hostname, port: url.port || 2375 }
  // ssh and TLS: the engine may well answer, but asking takes Docker's own client.
  return undefined
}

/** Whether a Docker engine answers, not merely whether a `docker` command is installed. @returns {Promise<boolean>} */
export function dockerAnswers() {
  const address = engineAddress()
  if (address === undefined) return Promise.resolve(true)
  return new Promise((resolve) => {
    const ping = request({ ...address, path: '/_ping', timeout: pingTimeoutMs }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    ping.once('timeout', () => ping.destroy())
    ping.once('error', () => resolve(false))
    ping.end()
  })
}
