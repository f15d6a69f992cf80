import { describe, expect, it } from 'vitest'
import { createSlots, type SlotQueue } from './slots.ts'

/** Takes a slot and notes it. */
function taking(queue: SlotQueue, name: string, log: string[]): Promise<void> {
  return queue.take().then((admitted) => {
    log.push(admitted ? name : `${name} sent away`)
  })
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('slots', () => {
  it('admit no more than the concurrency', async () => {
    const log: string[] = []
    const queue = createSlots(2).openQueue()
    for (const name of ['a', 'b', 'c']) void taking(queue, name, log)
    await settled()
    expect(log).toEqual(['a', 'b'])
    queue.give()
    await settled()
    expect(log).toEqual(['a', 'b', 'c'])
  })

  it('go round the partitions, so that a long queue does not starve a short one', async () => {
    const log: string[] = []
    const slots = createSlots(1)
    const long = slots.openQueue()
    const short = slots.openQueue()
    for (const name of ['l1', 'l2', 'l3', 'l4']) void taking(long, name, log)
    for (const name of ['s1', 's2']) void taking(short, name, log)
    for (const queue of [long, long, short, long, short]) {
      await settled()
      queue.give()
    }
    await settled()
    expect(log).toEqual(['l1', 'l2', 's1', 'l3', 's2', 'l4'])
  })

  it('of a closed queue go back to the others, and nobody waits there any more', async () => {
    const log: string[] = []
    const slots = createSlots(1)
    const lost = slots.openQueue()
    const kept = slots.openQueue()
    void taking(lost, 'lost', log)
    void taking(lost, 'waiting', log)
    void taking(kept, 'kept', log)
    await settled()
    lost.close()
    await settled()
    expect(log).toEqual(['lost', 'waiting sent away', 'kept'])
    // Its handler settles late: that slot was given back already.
    lost.give()
    void taking(kept, 'one too many', log)
    void taking(lost, 'too late', log)
    await settled()
    expect(log).toEqual(['lost', 'waiting sent away', 'kept', 'too late sent away'])
  })
})
