import { createAuditLog } from '@ledgerbus/audit-log'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createRecordingLogger } from '@ledgerbus/testkit'
import { startStack } from '@ledgerbus/testkit/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runOrders } from '../src/run-orders.ts'

describe('the orders example', () => {
  // The shop's topics have fixed names, so it gets servers of its own.
  let stack: Awaited<ReturnType<typeof startStack>>
  beforeAll(async () => {
    stack = await startStack({ print: () => undefined })
  })
  afterAll(() => stack.stop())

  it('charges, retries, sets aside, remembers, and brings a new group what it missed', async () => {
    const lines: string[] = []
    const logger = createRecordingLogger()
    const broker = createKafkaBroker({ brokers: stack.addresses.kafkaBrokers, clientId: 'shop', logger })
    const auditLog = createAuditLog({ url: stack.addresses.clickhouseUrl, tablePrefix: 'orders_example', logger })
    await auditLog.migrate()
    await auditLog.start()

    await runOrders({ broker, auditLog, say: (line) => lines.push(line), logger })
    await auditLog.close()

    expect(lines).toEqual([
      expect.stringMatching(/^o-1 stands in Kafka at order\/\d, offset 0$/),
      'billing: 4 orders charged, 4 attempts repeated, 1 order in order.billing.dlq',
      'mailing: 9 mails, for 5 placed and 4 paid orders',
      'the log on o-3: order.placed, order.paid',
      'replay: 4 of 4 planned events to loyalty alone, 110 points',
      'billing skipped 4 of them: it was not a target',
    ])
  })
})
