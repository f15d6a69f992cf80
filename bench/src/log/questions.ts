import type { ClickHouseClient } from '@clickhouse/client'
import type { AuditLog } from '@ledgerbus/core'
import { idExpressions, type LogShape } from './fill-log.ts'

/** A question that people ask of the log, about something else each time. */
export interface Question {
  readonly name: string
  /** Asks once and says how many entries the answer was made of. */
  ask(log: AuditLog, round: number): Promise<number>
}

/** What the rounds ask about: some places of the log, spread over it. */
async function subjects(
  client: ClickHouseClient,
  shape: LogShape,
  rounds: number,
): Promise<readonly { readonly correlation: string; readonly entity: string; readonly organization: string }[]> {
  const every = Math.floor(shape.entries / rounds)
  const answer = await client.query({
    query: `SELECT toString(${idExpressions.correlation}) AS correlation, ${idExpressions.entity(shape)} AS entity,
  ${idExpressions.organization(shape)} AS organization FROM (SELECT number * ${every} + 11 AS k FROM numbers(${rounds}))`,
    format: 'JSONEachRow',
  })
  return answer.json()
}

const hourMs = 3_600_000

export async function questionsFor(
  client: ClickHouseClient,
  shape: LogShape,
  rounds: number,
): Promise<readonly Question[]> {
  const about = await subjects(client, shape, rounds)
  const endMs = shape.startMs + shape.entries * shape.stepMs
  const at = (round: number) => {
    const found = about[round % about.length]
    if (found === undefined) throw new Error('there is nothing to ask about')
    return found
  }
  /** An hour that ends so many hours before the end. */
  const hour = (round: number) => ({ fromMs: endMs - (round + 1) * hourMs, toMs: endMs - round * hourMs })
  return [
    {
      name: 'entity_timeline',
      async ask(log, round) {
        let steps = 0
        for await (const _ of log.timeline({ entityType: 'order', entityId: at(round).entity })) steps += 1
        return steps
      },
    },
    {
      name: 'correlation_trace',
      ask: async (log, round) => (await log.trace({ correlationId: at(round).correlation })).steps.length,
    },
    {
      name: 'last_hour_of_an_organization',
      ask: async (log, round) =>
        (await log.query({ organizationId: at(round).organization, ...hour(round) }, { limit: 100 })).entries.length,
    },
    {
      name: 'filter_on_the_payload_in_an_hour',
      ask: async (log, round) =>
        (await log.query({ filter: 'payload.after.total >= 4990', ...hour(round) }, { limit: 100 })).entries.length,
    },
    {
      name: 'stats_of_an_hour',
      ask: async (log, round) => (await log.stats(hour(round), { by: ['name'], interval: 'minute' })).entries,
    },
    {
      name: 'stats_of_a_day',
      ask: async (log, round) =>
        (await log.stats({ fromMs: hour(round * 2).toMs - 24 * hourMs, toMs: hour(round * 2).toMs }, { by: ['name'] }))
          .entries,
    },
  ]
}

/** Pages of 100 one after the other: a question for each of the last, which begin behind 990 others. */
export async function lastPages(log: AuditLog, rounds: number): Promise<Question> {
  const cursors: string[] = []
  let cursor: string | undefined
  for (let page = 1; page < 1_000; page += 1) {
    const { nextCursor } = await log.query({}, { limit: 100, ...(cursor !== undefined && { cursor }) })
    if (nextCursor === undefined) throw new Error('the log is too small for a thousand pages')
    cursor = nextCursor
    cursors.push(cursor)
  }
  const behind = cursors.slice(-rounds)
  return {
    name: 'page_1000',
    async ask(asked, round) {
      const from = behind[round % behind.length]
      if (from === undefined) throw new Error('no page was turned')
      return (await asked.query({}, { limit: 100, cursor: from })).entries.length
    },
  }
}
