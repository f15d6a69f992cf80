import type { Session } from '../edge/session.ts'
import { type Check, look } from './check.ts'
import { fetchText } from './fetch-text.ts'

/** Whether the schema registry answers; without one events travel as JSON. */
export function lookAtRegistry({ edge, settings }: Session): Promise<Check> {
  const { schemaRegistryUrl: url } = settings
  return look('schema registry', async () => {
    if (url === undefined) return { status: 'absent', said: 'not configured; events travel as JSON' }
    const subjects: unknown = JSON.parse(
      await fetchText(edge, { what: 'the schema registry', url: `${url.replace(/\/$/u, '')}/subjects` }),
    )
    return { status: 'ok', said: `${url}: ${Array.isArray(subjects) ? subjects.length : 'no list of'} subjects` }
  })
}
