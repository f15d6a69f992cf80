import { describe, expect, it } from 'vitest'
import { type BrokerPlan, type BrokerPorts, brokerSettings, checkSettings, toProperties } from './broker-settings.ts'

function ports(nodeId: number): BrokerPorts {
  return { nodeId, client: 20_000 + nodeId, internal: 21_000 + nodeId, controller: 22_000 + nodeId }
}

function aPlan(brokers: number, overrides: Partial<BrokerPlan> = {}): BrokerPlan {
  const cluster = Array.from({ length: brokers }, (_, index) => ports(index + 1))
  return {
    ports: ports(1),
    cluster,
    advertised: { host: '127.0.0.1', port: 20_001 },
    dataFolder: '/data',
    settings: {},
    ...overrides,
  }
}

describe('the settings of a broker', () => {
  it('keep one copy of everything on a single broker', () => {
    expect(brokerSettings(aPlan(1))).toMatchObject({
      'offsets.topic.replication.factor': 1,
      'min.insync.replicas': 1,
      'controller.quorum.voters': '1@127.0.0.1:22001',
    })
  })

  it('keep three copies, two of them in sync, on three brokers that all vote', () => {
    expect(brokerSettings(aPlan(3))).toMatchObject({
      'default.replication.factor': 3,
      'min.insync.replicas': 2,
      'transaction.state.log.min.isr': 2,
      'controller.quorum.voters': '1@127.0.0.1:22001,2@127.0.0.1:22002,3@127.0.0.1:22003',
    })
  })

  it('advertise the address given to clients only; brokers keep their own way to each other', () => {
    const settings = brokerSettings(aPlan(3, { advertised: { host: '127.0.0.1', port: 9_999 } }))
    expect(settings['advertised.listeners']).toBe('CLIENT://127.0.0.1:9999,INTERNAL://127.0.0.1:21001')
    expect(settings['inter.broker.listener.name']).toBe('INTERNAL')
  })

  it('give way to what the caller wants', () => {
    expect(brokerSettings(aPlan(1, { settings: { 'group.initial.rebalance.delay.ms': 3_000 } }))).toMatchObject({
      'group.initial.rebalance.delay.ms': 3_000,
    })
  })

  it('refuse what the start itself depends on and what would break the file, all at once', () => {
    expect(() =>
      checkSettings({ listeners: 'X://:1', 'node.id': 7, 'a.b': '1\nlog.dirs=/', 'num.partitions': 6 }),
    ).toThrow(/listeners is decided by startKafka; node\.id is decided by startKafka; a\.b cannot be written/)
  })

  it('are written one a line, with backslashes doubled as properties need it', () => {
    expect(toProperties({ 'node.id': 1, 'log.dirs': 'C:\\data' })).toBe('node.id=1\nlog.dirs=C:\\\\data\n')
  })
})
