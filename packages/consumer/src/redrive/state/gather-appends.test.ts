import type { AppendOutcome, BrokerProducer, ProducerRecord } from '@ledgerbus/core'
import { aRecord } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { gatherAppends } from './gather-appends.ts'

/** A producer that answers when told. */
function handProducer() {
  const calls: { readonly records: readonly ProducerRecord[]; readonly answer: (outcome: AppendOutcome) => void }[] = []
  const producer: Pick<BrokerProducer, 'append'> = {
    append: (_topic, _partition, records) =>
      new Promise((resolve) => {
        calls.push({ records, answer: resolve })
      }),
  }
  return { calls, producer: producer as BrokerProducer }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('gathered appends', () => {
  it('send the first at once, and what comes meanwhile together', async () => {
    const { calls, producer } = handProducer()
    const gathered = gatherAppends(producer)
    const [first, second, third] = [1, 2, 3].map((index) => gathered.append('t', 0, [aRecord({ value: `${index}` })]))
    expect(calls.map(({ records }) => records.length)).toEqual([1])
    calls[0]?.answer({ kind: 'ok', baseOffset: 7n })
    expect(await first).toEqual({ kind: 'ok', baseOffset: 7n })
    await turn()
    expect(calls.map(({ records }) => records.length)).toEqual([1, 2])
    calls[1]?.answer({ kind: 'ok', baseOffset: 8n })
    expect([await second, await third]).toEqual([
      { kind: 'ok', baseOffset: 8n },
      { kind: 'ok', baseOffset: 9n },
    ])
  })

  it('of one batch share its trouble, and later ones are sent all the same', async () => {
    const { calls, producer } = handProducer()
    const gathered = gatherAppends(producer)
    const failure = { kind: 'failed', error: new Error('no') as never } as const
    const first = gathered.append('t', 0, [aRecord()])
    calls[0]?.answer(failure)
    expect(await first).toBe(failure)
    await turn()
    const next = gathered.append('t', 0, [aRecord()])
    calls[1]?.answer({ kind: 'ok', baseOffset: 1n })
    expect(await next).toMatchObject({ kind: 'ok' })
  })

  it('wait for no answer once their signal is aborted', async () => {
    const { producer } = handProducer()
    const abort = new AbortController()
    const waiting = gatherAppends(producer).append('t', 0, [aRecord()], { signal: abort.signal })
    abort.abort()
    expect(await waiting).toMatchObject({ kind: 'unknown', error: { code: 'BROKER_ABORTED' } })
  })
})
