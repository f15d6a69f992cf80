import { randomUUID } from 'node:crypto'
import type { CommitPosition } from '@ledgerbus/core'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FrozenMemberTold } from './frozen-member-program.ts'
import { createKafkaWorld, until } from './kafka-world.ts'
import { startTestProgram } from './test-program.ts'

const { kafkaBrokers } = stackAddresses()

describe('a member whose process was frozen for longer than its session', () => {
  const world = createKafkaWorld({ brokers: kafkaBrokers })

  it('commits nothing of what another owns by now, and says so', async () => {
    const topic = await world.topic()
    const groupId = `group-${randomUUID()}`
    await world.append(topic, 0, ['a'])
    const frozen = startTestProgram<FrozenMemberTold>('frozen-member-program.ts', [
      kafkaBrokers[0] ?? '',
      topic,
      groupId,
      '3000',
    ])
    onTestFinished(() => frozen.stop())
    const outcomes = () => frozen.told.flatMap((told) => (told.what === 'committed' ? [told.outcome] : []))
    await until(() => expect(frozen.told).toMatchObject([{ what: 'delivered', epoch: 1, nextOffset: '1' }]))

    frozen.kill('SIGSTOP')
    await world.append(topic, 0, ['b'])
    const positions: CommitPosition[] = []
    const other = await world.reader(
      { topics: [topic], groupId, sessionTimeoutMs: 3_000 },
      {
        async deliver({ partition, epoch, nextOffset }) {
          positions.push({ topic, partition, epoch, offset: nextOffset, metadata: 'of the other' })
        },
      },
    )
    // Nothing was committed, so both come again to the new owner.
    await until(() => expect(other.values()).toEqual(['a', 'b']))
    expect(await other.consumer.commit(positions.slice(-1))).toEqual({ kind: 'ok' })
    // These wait in its standard input: it commits before and after it has learned what became of it.
    for (let count = 0; count < 20; count += 1) frozen.say('commit')
    frozen.kill('SIGCONT')

    await until(() => expect(outcomes()).toHaveLength(20))
    expect(new Set(outcomes())).toEqual(new Set(['fenced']))
    expect(frozen.told).toContainEqual({ what: 'lost', epoch: 1 })
    expect(await other.consumer.committed({ topic, partition: 0 })).toEqual({ offset: 2n, metadata: 'of the other' })

    frozen.say('close')
    expect(await frozen.ended).toBe(0)
    expect(frozen.stderr()).not.toMatch(/Unhandled|TypeError|Warning/)
  })
})
