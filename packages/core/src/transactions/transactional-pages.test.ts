import { describe, expect, it } from 'vitest'
import { BrokerError } from '../errors/broker-error.ts'
import type { Broker } from '../ports/broker.ts'
import type { Outcome } from '../ports/outcome.ts'
import type { AddressedRecord } from './batches-of.ts'
import { createTransactionalPages } from './transactional-pages.ts'

const ok: Outcome = { kind: 'ok' }

function to(topic: string, partition: number, timestampMs = 0n): AddressedRecord {
  return { topic, partition, record: { key: null, value: null, headers: [], timestampMs } }
}

/** A broker that tells what its transactional producer was asked for; `core` may not know the one in memory. */
async function openPages({ enlisted = ok }: { readonly enlisted?: Outcome } = {}) {
  const told: string[] = []
  const broker = {
    createTransactionalProducer: () => ({
      start: async () => undefined,
      close: async () => undefined,
      begin: async () => ({
        async enlist(partitions: readonly { readonly topic: string; readonly partition: number }[]) {
          told.push(`enlist ${partitions.map(({ topic, partition }) => `${topic}/${partition}`).join(' ')}`)
          return enlisted
        },
        async append(topic: string, partition: number, records: readonly { readonly timestampMs: bigint }[]) {
          told.push(`append ${topic}/${partition} ${records.map(({ timestampMs }) => timestampMs).join(' ')}`)
          return { kind: 'ok', baseOffset: 0n }
        },
        async commit() {
          told.push('commit')
          return ok
        },
        async abort() {
          told.push('abort')
          return ok
        },
      }),
    }),
  } as unknown as Broker
  const pages = createTransactionalPages(broker, 'tx')
  await pages.open()
  return { pages, told }
}

describe('pages in transactions', () => {
  it('tell their partitions before the first record, each once', async () => {
    const { pages, told } = await openPages()

    expect(await pages.publish([to('a', 0), to('a', 0), to('a', 2), to('b', 0)])).toEqual(ok)

    expect(told[0]).toBe('enlist a/0 a/2 b/0')
    expect(told.slice(1)).toEqual(['append a/0 0 0', 'append a/2 0', 'append b/0 0', 'commit'])
  })

  it('can wait for their moment with the transaction open, and bear it', async () => {
    const { pages, told } = await openPages()

    const outcome = await pages.publish([to('a', 0)], {
      async whenOpen() {
        told.push('the moment')
        return [to('a', 0, 7n)]
      },
    })

    expect(outcome).toEqual(ok)
    expect(told).toEqual(['enlist a/0', 'the moment', 'append a/0 7', 'commit'])
  })

  it('leave nothing open when the wait is given up', async () => {
    const { pages, told } = await openPages()
    const gaveUp = new Error('enough')

    await expect(pages.publish([to('a', 0)], { whenOpen: () => Promise.reject(gaveUp) })).rejects.toBe(gaveUp)

    expect(told).toEqual(['enlist a/0', 'abort'])
  })

  it('append nothing where the partitions could not be told, whatever became of that', async () => {
    const error = new BrokerError('no answer', { code: 'BROKER_NO_ANSWER', outcome: 'unknown' })
    const { pages, told } = await openPages({ enlisted: { kind: 'unknown', error } })

    expect(await pages.publish([to('a', 0)])).toEqual({ kind: 'failed', error })

    expect(told).toEqual(['enlist a/0', 'abort'])
  })
})
