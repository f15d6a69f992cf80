const longestAnswerMs = 5_000

/** A server that ends waits for the connections that are open: ours must not be among them. */
const headers = { connection: 'close' }

/** What a server at this address still lacks before it answers queries. */
export async function clickHouseMissing(url: string, signal: AbortSignal): Promise<string | undefined> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(longestAnswerMs)])
  const ping = await fetch(`${url}/ping`, { headers, signal: either })
  if ((await ping.text()) !== 'Ok.\n') return `/ping answers ${ping.status}`
  const answer = await runQuery(url, 'SELECT 1', either)
  return answer.trim() === '1' ? undefined : `SELECT 1 answers ${answer.slice(0, 200)}`
}

/** Runs one statement as the default user and returns what the server answers, also when it refuses. */
export async function runQuery(url: string, query: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(url, { method: 'POST', body: query, headers, signal })
  return await answer.text()
}
