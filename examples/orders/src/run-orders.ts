import { createAuditSink } from '@ledgerbus/audit-sink'
import { type Consumer, createConsumer, on } from '@ledgerbus/consumer'
import { type AuditLog, applyTopics, type Broker, consoleLogger, type Logger, topicSpecsOf } from '@ledgerbus/core'
import { createProducer } from '@ledgerbus/producer'
import { createReplay } from '@ledgerbus/replay'
import { createBilling } from './billing.ts'
import { OrderPaid, OrderPlaced } from './events.ts'
import { createMailing } from './mailing.ts'
import { until } from './until.ts'

const definitions = [OrderPlaced, OrderPaid]

/** Where the shop runs and where its story is told. */
export interface OrdersOptions {
  /** Its topic `order` does not exist or is empty. */
  readonly broker: Broker
  /** Started, its table migrated and empty. */
  readonly auditLog: AuditLog
  readonly say: (line: string) => void
  readonly logger?: Logger
}

/** A shop's day: orders, a retry, a dead letter, an answer from the log, and a new group that gets what it missed. */
export async function runOrders({ broker, auditLog, say, logger = consoleLogger }: OrdersOptions): Promise<void> {
  const startedMs = Date.now()
  const open: { close(): Promise<unknown> }[] = []
  async function begin<Part extends { start(): Promise<void>; close(): Promise<unknown> }>(part: Part): Promise<Part> {
    open.unshift(part)
    await part.start()
    return part
  }
  try {
    const admin = await begin(broker.createAdmin())
    await applyTopics(admin, topicSpecsOf(definitions), { mode: 'create' })
    const sink = await begin(createAuditSink({ broker, auditLog, topics: ['order'], groupId: 'audit-sink', logger }))
    const producer = await begin(createProducer({ broker, source: 'shop', events: definitions, logger }))
    const billing = createBilling(producer)
    const mailing = createMailing()
    const billingGroup = await begin(
      createConsumer({ broker, groupId: 'billing', subscriptions: [billing.subscription], logger }),
    )
    await begin(createConsumer({ broker, groupId: 'mailing', subscriptions: [mailing.subscription], logger }))

    const cards = ['visa', 'visa', 'slow-bank', 'stolen', 'visa']
    for (const [index, card] of cards.entries()) {
      const { topic, partition, offset } = await producer.publish(OrderPlaced, {
        entityId: `o-${index + 1}`,
        actor: { type: 'user', id: `u-${index + 1}` },
        payload: { after: { total: 10 * (index + 1), card, items: [{ sku: 'mug', quantity: index + 1 }] } },
      })
      if (index === 0) say(`o-1 stands in Kafka at ${topic}/${partition}, offset ${offset}`)
    }

    await until('every order is charged or set aside', () => {
      const { charge } = billingGroup.counts().handlers
      return charge !== undefined && charge.handled + charge.deadLettered === cards.length
    })
    const { charge } = billingGroup.counts().handlers
    say(
      `billing: ${charge?.handled} orders charged, ${charge?.retried} attempts repeated, ${charge?.deadLettered} order in order.billing.dlq`,
    )

    const events = cards.length + billing.paid.size
    await until('every mail is written', () => mailing.mails.length === events)
    say(`mailing: ${mailing.mails.length} mails, for ${cards.length} placed and ${billing.paid.size} paid orders`)

    await until('the log has every record', () => sink.counts().stored === events)
    const timeline = await auditLog.query({ entityType: 'order', entityId: 'o-3' }, { order: 'oldest' })
    say(`the log on o-3: ${timeline.entries.map(nameOf).join(', ')}`)

    const loyalty = new Map<string, number>()
    const loyaltyGroup = await begin(
      createConsumer({
        broker,
        groupId: 'loyalty',
        startFrom: 'latest',
        subscriptions: [
          on(OrderPaid, (event) => {
            loyalty.set(event.entity.id, Math.floor(event.payload.after.total))
          }),
        ],
        logger,
      }),
    )
    const replay = createReplay({ broker, auditLog, logger })
    open.unshift(replay)
    const plan = await replay.plan({
      fromMs: startedMs,
      toMs: Date.now() + 1,
      names: ['order.paid'],
      groups: ['loyalty'],
      reason: 'loyalty points for orders paid before the group existed',
      by: 'the loyalty team',
    })
    // The other groups on the topic are ours: they skip what is not for them.
    const report = await replay.run(plan, { confirmed: true })
    await until('loyalty has handled the replay', () => loyaltyGroup.counts().handled === report.published)
    const points = [...loyalty.values()].reduce((sum, each) => sum + each, 0)
    say(`replay: ${report.published} of ${plan.summary.entries} planned events to loyalty alone, ${points} points`)
    await until('the other groups skipped it', () => skippedReplays(billingGroup) === report.published)
    say(`billing skipped ${skippedReplays(billingGroup)} of them: it was not a target`)
  } finally {
    for (const part of open) await part.close()
  }
}

function skippedReplays(consumer: Consumer): number {
  return consumer.counts().skipped['replay-for-other-groups'] ?? 0
}

function nameOf(entry: Awaited<ReturnType<AuditLog['query']>>['entries'][number]): string {
  return entry.reading.status === 'ok' ? entry.reading.envelope.name : entry.reading.status
}
