import { describe, expect, it } from 'vitest'
import type { ServerHealth } from './stack-health.ts'
import { conditionOf, renderStatus } from './stack-output.ts'
import type { StackSituation } from './stack-state.ts'

const up: StackSituation = {
  kind: 'up',
  state: {
    schemaVersion: 1,
    host: { pid: 1, startedAt: 'x' },
    startedAt: '2026-01-31T12:00:00.000Z',
    kafka: { brokers: ['127.0.0.1:1', '127.0.0.1:2'] },
    clickhouse: { url: 'http://127.0.0.1:3' },
    processes: [{ name: 'clickhouse', pid: 4, startedAt: 'x', logFile: '/log' }],
  },
}
const healthy: ServerHealth = { name: 'kafka', addresses: ['127.0.0.1:1', '127.0.0.1:2'] }
const refused: ServerHealth = { name: 'clickhouse', addresses: ['http://127.0.0.1:3'], problem: 'connection refused' }
const down: StackSituation = { kind: 'down', last: undefined }

describe('the status of the stack', () => {
  it('is a line for each server that was started as variables', () => {
    expect(renderStatus('env', up, [healthy])).toBe(
      'KAFKA_BROKERS=127.0.0.1:1,127.0.0.1:2\nCLICKHOUSE_URL=http://127.0.0.1:3\n',
    )
  })

  it('says of each server whether it answers', () => {
    expect(renderStatus('text', up, [healthy, refused])).toBe(
      'kafka            127.0.0.1:1,127.0.0.1:2  healthy\n' +
        'clickhouse       http://127.0.0.1:3  not healthy: connection refused\n',
    )
  })

  it('is one value with addresses, health and processes as JSON', () => {
    expect(JSON.parse(renderStatus('json', up, [healthy, refused]))).toMatchObject({
      schemaVersion: 1,
      state: 'degraded',
      kafkaBrokers: ['127.0.0.1:1', '127.0.0.1:2'],
      servers: [{ healthy: true }, { healthy: false, problem: 'connection refused' }],
      processes: [{ name: 'clickhouse', pid: 4, logFile: '/log' }],
    })
  })

  it('has nothing to print while nothing runs, except as JSON', () => {
    expect(renderStatus('text', down, [])).toBe('')
    expect(renderStatus('env', down, [])).toBe('')
    expect(JSON.parse(renderStatus('json', down, []))).toEqual({ schemaVersion: 1, state: 'down' })
  })

  it('is `up` only when every server answers', () => {
    expect(conditionOf(up, [healthy])).toBe('up')
    expect(conditionOf(up, [healthy, refused])).toBe('degraded')
    expect(conditionOf(down, [])).toBe('down')
  })
})
