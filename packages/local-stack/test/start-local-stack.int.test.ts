import { describe, expect, it } from 'vitest'
import { startLocalStack } from '../src/index.ts'
import { isRunning, identifyProcess } from '../src/process/process-identity.ts'

describe('several servers at once', () => {
  it('are all gone when one of them cannot start', async () => {
    const pids: number[] = []
    const start = startLocalStack({
      clickhouse: {},
      kafka: { settings: { 'log.segment.bytes': 1 } },
      logger: { info: (facts) => pids.push(facts['pid'] as number), warn: () => undefined },
    })
    await expect(start).rejects.toMatchObject({ code: 'STACK_SERVER_DIED' })
    const left = await Promise.all(pids.map(identifyProcess))
    expect(await Promise.all(left.map(async (found) => found !== undefined && (await isRunning(found))))).not.toContain(
      true,
    )
  })

  it('are only those that were asked for', async () => {
    const stack = await startLocalStack({ clickhouse: {} })
    expect([stack.kafka, stack.schemaRegistry]).toEqual([undefined, undefined])
    expect(stack.clickhouse?.url).toContain('http://127.0.0.1:')
    await stack.stop()
    expect(stack.clickhouse?.pid).toBeUndefined()
  })
})
