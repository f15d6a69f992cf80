import { createEventRegistry } from '@ledgerbus/core'
import { withAdmin } from '../edge/connect.ts'
import type { Session } from '../edge/session.ts'
import { type Check, look } from './check.ts'

/** Whether Kafka answers, and whether the topics of the definitions are there. */
export async function lookAtKafka(session: Session): Promise<readonly Check[]> {
  let existing: readonly string[] | undefined
  const reachable = await look('kafka', async () => {
    const { brokers } = session.settings.kafka()
    return await withAdmin(session, async (admin) => {
      const clusterId = await admin.clusterId()
      existing = await admin.listTopics()
      return { status: 'ok', said: `${brokers.join(', ')}: cluster ${clusterId}, ${existing.length} topics` }
    })
  })
  return existing === undefined ? [reachable] : [reachable, await lookAtTopics(session, existing)]
}

function lookAtTopics({ settings }: Session, existing: readonly string[]): Promise<Check> {
  return look('topics', async () => {
    const declared = createEventRegistry(settings.project.events ?? [])
      .topics()
      .map(({ name }) => name)
    if (declared.length === 0) return { status: 'absent', said: 'no definitions, so none is expected' }
    const missing = declared.filter((name) => !existing.includes(name))
    if (missing.length === 0) return { status: 'ok', said: `all ${declared.length} of the definitions exist` }
    return { status: 'problem', said: `missing: ${missing.join(', ')}`, remedy: 'run `ledgerbus topic apply`' }
  })
}
