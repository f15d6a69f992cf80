import type { Edge } from '../edge/edge.ts'
import { CommandError } from '../errors/command-error.ts'

const patienceMs = 5_000

/** What an HTTP server answers, within five seconds. @throws CommandError `CLI_UNREACHABLE` */
export async function fetchText(
  edge: Pick<Edge, 'fetch' | 'interrupted'>,
  request: { readonly what: string; readonly url: string; readonly headers?: Readonly<Record<string, string>> },
): Promise<string> {
  const { what, url, headers = {} } = request
  const { host } = new URL(url)
  const signal = AbortSignal.any([edge.interrupted, AbortSignal.timeout(patienceMs)])
  try {
    const response = await edge.fetch(url, { headers, signal, redirect: 'error' })
    // The body of an error may quote anything; the status is enough.
    if (response.ok) return await response.text()
    throw new CommandError(`${what} at ${host} answers ${response.status} ${response.statusText}`, {
      code: 'CLI_UNREACHABLE',
      ...(response.status === 401 || response.status === 403
        ? { remedy: 'correct the user and the password in the environment' }
        : {}),
    })
  } catch (error) {
    if (edge.interrupted.aborted) throw edge.interrupted.reason
    if (error instanceof CommandError) throw error
    throw new CommandError(`${what} at ${host} does not answer`, { code: 'CLI_UNREACHABLE', cause: error })
  }
}
