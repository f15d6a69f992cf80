import { createAuditLog } from '@ledgerbus/audit-log'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { startStack } from '@ledgerbus/testkit/stack'
import { runOrders } from './run-orders.ts'

const stack = await startStack()
try {
  const broker = createKafkaBroker({ brokers: stack.addresses.kafkaBrokers, clientId: 'shop' })
  const auditLog = createAuditLog({ url: stack.addresses.clickhouseUrl, tablePrefix: `orders_${Date.now()}` })
  try {
    await auditLog.migrate()
    await auditLog.start()
    await runOrders({ broker, auditLog, say: (line) => process.stdout.write(`${line}\n`) })
  } finally {
    await auditLog.close()
  }
} finally {
  await stack.stop()
}
