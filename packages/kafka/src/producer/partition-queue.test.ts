import type { AppendOutcome } from '@ledgerbus/core'
import { createFakeClock, createGate } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { abortedBeforeSend, lateInQueue } from './append-error.ts'
import { createPartitionQueue, type QueuedAppend } from './partition-queue.ts'

const place = { topic: 'orders', partition: 0 }

function anAppend(run: QueuedAppend['run'], facts: Partial<QueuedAppend> = {}): QueuedAppend {
  return {
    deadlineMs: 1_000,
    run,
    aborted: (reason) => abortedBeforeSend(place, reason),
    late: () => lateInQueue(place),
    ...facts,
  }
}

const ok = (baseOffset: bigint): AppendOutcome => ({ kind: 'ok', baseOffset })

describe('partition queue', () => {
  it('runs one append at a time, in the order of the calls', async () => {
    const log: string[] = []
    const queue = createPartitionQueue(createFakeClock(), () => log.push('idle'))
    const gates = [createGate(), createGate()]
    const appends = gates.map((gate, index) =>
      queue.add(
        anAppend(async () => {
          log.push(`begin ${index}`)
          await gate.opened
          log.push(`end ${index}`)
          return ok(BigInt(index))
        }),
      ),
    )

    gates[1]?.open()
    gates[0]?.open()

    expect(await Promise.all(appends)).toEqual([ok(0n), ok(1n)])
    await Promise.resolve()
    expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'idle'])
  })

  it('lets an append go that is aborted, or late, before its turn: it was not sent', async () => {
    const clock = createFakeClock()
    const queue = createPartitionQueue(clock, () => undefined)
    const gate = createGate()
    const abort = new AbortController()
    let ran = 0
    const run = async () => {
      ran += 1
      return ok(1n)
    }
    const first = queue.add(anAppend(() => gate.opened.then(() => ok(0n)), { deadlineMs: 60_000 }))
    const aborted = queue.add(anAppend(run, { signal: abort.signal }))
    const late = queue.add(anAppend(run))
    const patient = queue.add(anAppend(run, { deadlineMs: 60_000 }))

    abort.abort(new Error('enough'))
    expect(await aborted).toMatchObject({
      kind: 'failed',
      error: { code: 'BROKER_ABORTED', cause: { message: 'enough' } },
    })
    await clock.advance(1_000)
    expect(await late).toMatchObject({ kind: 'failed', error: { code: 'BROKER_QUEUE_TIMEOUT', retriable: true } })
    gate.open()

    expect(await Promise.all([first, patient])).toEqual([ok(0n), ok(1n)])
    expect(ran).toBe(1)
    expect(clock.waiting).toBe(0)
  })
})
