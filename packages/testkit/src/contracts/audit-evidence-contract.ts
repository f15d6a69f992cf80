import { afterAll, beforeAll, describe } from 'vitest'
import { createAuditLogWorld } from './audit-log/audit-log-world.ts'
import { erasedQuestionSentences } from './audit-log/erased-question-sentences.ts'
import { erasureSentences } from './audit-log/erasure-sentences.ts'
import type { EvidenceLog, EvidenceWorld } from './audit-log/evidence-world.ts'
import { inspectionSentences } from './audit-log/inspection-sentences.ts'

/** What the suite needs to know. */
export interface AuditEvidenceContractOptions {
  /** Makes a log that can be used: its tables are there. Called once for the suite. */
  readonly makeAuditLog: () => EvidenceLog | Promise<EvidenceLog>
  /** Longest time a test may take, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number
}

/**
 * What every fulfilment of `AuditLogInspector` and `AuditLogEraser` does, as sentences. Each test writes into topics of its own.
 *
 * @param name of the fulfilment, as the tests show it
 */
export function auditEvidenceContract(
  name: string,
  { makeAuditLog, timeoutMs = 5_000 }: AuditEvidenceContractOptions,
): void {
  let world: EvidenceWorld
  const getWorld = (): EvidenceWorld => world

  describe(`audit evidence contract: ${name}`, { timeout: timeoutMs }, () => {
    beforeAll(async () => {
      const log = await makeAuditLog()
      await log.start()
      world = { ...createAuditLogWorld(log, async () => log), log }
    })

    afterAll(() => world.log.close())

    inspectionSentences(getWorld)
    erasureSentences(getWorld)
    erasedQuestionSentences(getWorld)
  })
}
