import type { AuditLogReader } from '@ledgerbus/core'
import type { Replay, ReplayPlan } from '@ledgerbus/replay'
import { withAuditLog } from './connect.ts'
import type { Session } from './session.ts'

/** A replay for as long as `action` takes. Without an audit log it can do everything but read entries from one. */
export async function withReplay<Result>(
  session: Session,
  action: (replay: Replay) => Promise<Result>,
  auditLog?: AuditLogReader,
): Promise<Result> {
  const { edge, logger, settings } = session
  const { events, replay: { transforms, allowedTargets, maxEntries } = {} } = settings.project
  const replay = await edge.connections.replay({
    broker: await session.broker(),
    clock: edge.clock,
    ids: edge.ids,
    logger,
    ...(auditLog !== undefined && { auditLog }),
    ...(events !== undefined && { events }),
    ...(transforms !== undefined && { transforms }),
    ...(allowedTargets !== undefined && { allowedTargets }),
    ...(maxEntries !== undefined && { maxEntries }),
    ...(settings.sink.groupId !== undefined && { sinkGroups: [settings.sink.groupId] }),
  })
  try {
    return await action(replay)
  } finally {
    await replay.close()
  }
}

/** The same with what entries are read from. Where that is Kafka, nothing is asked of ClickHouse, not even its address. */
export async function withReplayFrom<Result>(
  session: Session,
  readFrom: ReplayPlan['readFrom'],
  action: (replay: Replay, auditLog: AuditLogReader | undefined) => Promise<Result>,
): Promise<Result> {
  if (readFrom === 'kafka') return await withReplay(session, (replay) => action(replay, undefined))
  return await withAuditLog(session, (auditLog) => withReplay(session, (replay) => action(replay, auditLog), auditLog))
}
