import { describe, expect, it } from 'vitest'
import { createAuditLog } from '../create-audit-log.ts'

describe('following a log', () => {
  it('is refused on replicated tables, where it would pass over entries', async () => {
    for (const replication of ['keeper', 'shared'] as const) {
      const log = createAuditLog({ url: 'http://localhost:1', cluster: { name: 'main', replication } })
      expect(() => log.tail({})).toThrow(expect.objectContaining({ code: 'AUDIT_LOG_CONFIGURATION' }))
      await log.close()
    }
  })
})
