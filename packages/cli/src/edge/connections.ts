import type { Connections } from './edge.ts'

/** The real clients, loaded when a command first asks for one. */
export const connections: Connections = {
  async broker({ brokers, clientId, ssl, sasl }, logger) {
    const { createKafkaBroker } = await import('@ledgerbus/kafka')
    return createKafkaBroker({
      brokers,
      clientId,
      logger,
      ...(ssl !== undefined && { tls: ssl }),
      ...(sasl !== undefined && {
        sasl: { ...sasl, password: sasl.password.reveal() },
      }),
    })
  },
  async auditLog({ url, user, password, database, tablePrefix, cluster, organization }, logger) {
    const { createAuditLog } = await import('@ledgerbus/audit-log')
    return createAuditLog({
      url,
      logger,
      ...(user !== undefined && { username: user }),
      ...(password !== undefined && { password: password.reveal() }),
      ...(database !== undefined && { database }),
      ...(tablePrefix !== undefined && { tablePrefix }),
      ...(cluster !== undefined && { cluster }),
      ...(organization !== undefined && { organization }),
    })
  },
  async seals(folder) {
    const { createSealFolder } = await import('@ledgerbus/audit-log')
    return createSealFolder(folder)
  },
  async decodeValue(url) {
    const { createSchemaRegistry } = await import('@ledgerbus/kafka')
    return createSchemaRegistry({ url }).decode
  },
  async replay(parts) {
    const { createReplay } = await import('@ledgerbus/replay')
    return createReplay(parts)
  },
}
