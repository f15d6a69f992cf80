const longestAnswerMs = 5_000

/** What a registry at this address still lacks before it serves Confluent's API. */
export async function schemaRegistryMissing(url: string, signal: AbortSignal): Promise<string | undefined> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(longestAnswerMs)])
  const answer = await fetch(`${url}/subjects`, { headers: { connection: 'close' }, signal: either })
  const body = await answer.text()
  return answer.ok && body.startsWith('[') ? undefined : `/subjects answers ${answer.status}`
}
