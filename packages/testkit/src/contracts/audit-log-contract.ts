import type { AuditLog } from '@ledgerbus/core'
import { afterAll, beforeAll, describe } from 'vitest'
import { type AuditLogWorld, createAuditLogWorld } from './audit-log/audit-log-world.ts'
import { offsetSentences } from './audit-log/offset-sentences.ts'
import { questionSentences } from './audit-log/question-sentences.ts'
import { readingSentences } from './audit-log/reading-sentences.ts'
import { selectionSentences } from './audit-log/selection-sentences.ts'
import { storingSentences } from './audit-log/storing-sentences.ts'
import { summarySentences } from './audit-log/summary-sentences.ts'

/** What the audit log suite needs to know. */
export interface AuditLogContractOptions {
  /** Makes a log that can be used: its tables are there. Called once for the suite, and again where a test needs a log of its own. */
  readonly makeAuditLog: () => AuditLog | Promise<AuditLog>
  /** Longest time a test may take, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number
}

/**
 * The audit log contract: what every fulfilment of the `AuditLog` port does, as sentences. Each test writes into topics of its own and asks
 * for nothing else, so the log may hold other records.
 *
 * @param name of the fulfilment, as the tests show it
 */
export function auditLogContract(name: string, { makeAuditLog, timeoutMs = 5_000 }: AuditLogContractOptions): void {
  const made: AuditLog[] = []
  let world: AuditLogWorld
  const getWorld = (): AuditLogWorld => world

  async function make(): Promise<AuditLog> {
    const log = await makeAuditLog()
    made.push(log)
    await log.start()
    return log
  }

  describe(`audit log contract: ${name}`, { timeout: timeoutMs }, () => {
    beforeAll(async () => {
      world = createAuditLogWorld(await make(), make)
    })

    afterAll(async () => {
      await Promise.all(made.map((log) => log.close()))
    })

    storingSentences(getWorld)
    selectionSentences(getWorld)
    readingSentences(getWorld)
    offsetSentences(getWorld)
    summarySentences(getWorld)
    questionSentences(getWorld)
  })
}
