import type { BrokerAdmin, Broker } from '@ledgerbus/core'
import type { MigratableAuditLog } from './edge.ts'
import { unlessInterrupted } from './interruption.ts'
import type { Session } from './session.ts'

/** Connects to Kafka for as long as `action` takes, or until the interruption: the questions themselves cannot be ended. */
export async function withAdmin<Result>(
  session: Session,
  action: (admin: BrokerAdmin, broker: Broker) => Promise<Result>,
): Promise<Result> {
  const broker = await session.broker()
  const admin = broker.createAdmin()
  try {
    await admin.start({ signal: session.edge.interrupted })
    return await unlessInterrupted(action(admin, broker), session.edge)
  } finally {
    await admin.close()
  }
}

/** Connects to the audit log for as long as `action` takes. */
export async function withAuditLog<Result>(
  session: Session,
  action: (auditLog: MigratableAuditLog) => Promise<Result>,
): Promise<Result> {
  const auditLog = await session.auditLog()
  try {
    await auditLog.start({ signal: session.edge.interrupted })
    return await action(auditLog)
  } finally {
    await auditLog.close()
  }
}
