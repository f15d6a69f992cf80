import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A question as it went over the wire. */
export interface RecordedRequest {
  readonly path: string
  readonly contentType: string
  readonly body: string
  /** The server answered with an error, which is part of how the question was asked: more rows than it was to read. */
  readonly isRefused: boolean
}

/** What a question cost. */
export interface Cost {
  readonly ms: number
  readonly rowsRead: number
}

/** A proxy that keeps what is asked through it, so that exactly that can be asked again in another way. */
export interface Recorder {
  readonly url: string
  /** What was asked since the last call. */
  take(): readonly RecordedRequest[]
  stop(): Promise<void>
}

export async function startRecorder(clickhouseUrl: string): Promise<Recorder> {
  let requests: RecordedRequest[] = []
  const server = createServer((incoming, outgoing) => {
    forward(incoming)
      .then(async ({ request, answer }) => {
        requests.push(request)
        const bytes = Buffer.from(await answer.arrayBuffer())
        outgoing.writeHead(answer.status, { 'content-length': bytes.length }).end(bytes)
      })
      .catch(() => outgoing.destroy())
  })

  async function forward(
    incoming: IncomingMessage,
  ): Promise<{ readonly request: RecordedRequest; readonly answer: Response }> {
    const chunks: Uint8Array[] = []
    for await (const chunk of incoming) chunks.push(chunk as Uint8Array)
    const asked = {
      path: incoming.url ?? '/',
      contentType: incoming.headers['content-type'] ?? 'text/plain',
      body: Buffer.concat(chunks).toString('utf8'),
    }
    const answer = await send(clickhouseUrl, asked, {})
    return { request: { ...asked, isRefused: !answer.ok }, answer }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = requests
      requests = []
      return taken
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function send(
  clickhouseUrl: string,
  { path, contentType, body }: Omit<RecordedRequest, 'isRefused'>,
  settings: Readonly<Record<string, string>>,
): Promise<Response> {
  const url = new URL(path, clickhouseUrl)
  // The first asker's: two questions may not have one at once.
  url.searchParams.delete('query_id')
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value)
  return fetch(url, { method: 'POST', headers: { 'content-type': contentType }, body })
}

/** The same question with `FINAL` behind the table and nothing set: neither what bounds its rows nor what it is read with. */
export function withFinal({ contentType, body }: RecordedRequest, table: string): RecordedRequest {
  const plain = body.replaceAll(`FROM ${table} FINAL`, `FROM ${table}`)
  return {
    path: '/',
    contentType,
    body: plain.replaceAll(`FROM ${table}`, `FROM ${table} FINAL`),
    isRefused: false,
  }
}

/** Asks again and measures to the last byte, of a refusal too. Nothing that an earlier question left behind may help. */
export async function costOf(clickhouseUrl: string, request: RecordedRequest): Promise<Cost> {
  const settings = {
    wait_end_of_query: '1',
    send_progress_in_http_headers: '0',
    use_query_condition_cache: '0',
    cancel_http_readonly_queries_on_client_close: '0',
  }
  const started = performance.now()
  const answer = await send(clickhouseUrl, request, settings)
  const bytes = await answer.arrayBuffer()
  if (answer.ok === request.isRefused) throw new Error(Buffer.from(bytes).toString('utf8'))
  const ms = performance.now() - started
  const summary = JSON.parse(answer.headers.get('x-clickhouse-summary') ?? '{}') as { readonly read_rows?: string }
  return { ms, rowsRead: Number(summary.read_rows ?? 0) }
}
