import { describe, expect, it } from 'vitest'
import { createSlots, type SlotQueue } from './slots.ts'

/** Asks for a slot and notes the answer. */
function enter(queue: SlotQueue, name: string, log: string[]): void {
  queue.enter((admitted) => log.push(admitted ? name : `${name} sent away`))
}

describe('slots', () => {
  it('admit no more than the concurrency', () => {
    const log: string[] = []
    const queue = createSlots(2).openQueue()
    for (const name of ['a', 'b', 'c']) enter(queue, name, log)
    expect(log).toEqual(['a', 'b'])
    queue.give()
    expect(log).toEqual(['a', 'b', 'c'])
  })

  it('go round the partitions, so that a long queue does not starve a short one', () => {
    const log: string[] = []
    const slots = createSlots(1)
    const long = slots.openQueue()
    const short = slots.openQueue()
    for (const name of ['l1', 'l2', 'l3', 'l4']) enter(long, name, log)
    for (const name of ['s1', 's2']) enter(short, name, log)
    for (const queue of [long, long, short, long, short]) {
      queue.give()
    }
    expect(log).toEqual(['l1', 'l2', 's1', 'l3', 's2', 'l4'])
  })

  it('leave one to each partition that has none, whatever one of them takes', () => {
    const log: string[] = []
    const slots = createSlots(6)
    const [stuck, one, other] = [slots.openQueue(), slots.openQueue(), slots.openQueue()]
    for (let number = 1; number <= 6; number += 1) enter(stuck, `stuck ${number}`, log)
    expect(log).toEqual(['stuck 1', 'stuck 2', 'stuck 3', 'stuck 4'])

    enter(one, 'one', log)
    enter(other, 'other', log)
    expect(log.slice(4)).toEqual(['one', 'other'])
    for (let number = 0; number < 100; number += 1) {
      one.give()
      enter(one, 'one again', log)
    }
    expect(log.slice(6)).toEqual(Array.from({ length: 100 }, () => 'one again'))
  })

  it('keep no more than half of them for others, however many partitions there are', () => {
    const log: string[] = []
    const slots = createSlots(8)
    const busy = slots.openQueue()
    const idle = Array.from({ length: 50 }, () => slots.openQueue())
    for (let number = 1; number <= 8; number += 1) enter(busy, `busy ${number}`, log)
    expect(log).toHaveLength(4)
    for (const [index, queue] of idle.entries()) enter(queue, `idle ${index}`, log)
    expect(log).toHaveLength(8)
    busy.give()
    expect(log.at(-1)).toBe('idle 4')
  })

  it('are all of a partition that is alone, and are free again for the others when one is closed', () => {
    const log: string[] = []
    const slots = createSlots(2)
    const alone = slots.openQueue()
    for (const name of ['a1', 'a2', 'a3']) enter(alone, name, log)
    expect(log).toEqual(['a1', 'a2'])
    const later = slots.openQueue()
    enter(later, 'l1', log)
    alone.close()
    expect(log).toEqual(['a1', 'a2', 'a3 sent away', 'l1'])
    enter(later, 'l2', log)
    expect(log.at(-1)).toBe('l2')
  })

  it('of a closed queue go back to the others, and nobody waits there any more', () => {
    const log: string[] = []
    const slots = createSlots(1)
    const lost = slots.openQueue()
    const kept = slots.openQueue()
    enter(lost, 'lost', log)
    enter(lost, 'waiting', log)
    enter(kept, 'kept', log)
    lost.close()
    expect(log).toEqual(['lost', 'waiting sent away', 'kept'])
    // Its handler settles late: that slot was given back already.
    lost.give()
    enter(kept, 'one too many', log)
    enter(lost, 'too late', log)
    expect(log).toEqual(['lost', 'waiting sent away', 'kept', 'too late sent away'])
  })
  it('of a partition that is held back go to the others, until it is released', () => {
    const log: string[] = []
    const slots = createSlots(2)
    const held = slots.openQueue()
    const other = slots.openQueue()
    enter(held, 'running', log)
    held.hold()
    for (const name of ['h1', 'h2']) enter(held, name, log)
    for (const name of ['o1', 'o2']) enter(other, name, log)
    held.give()
    expect(log).toEqual(['running', 'o1', 'o2'])
    held.release()
    expect(log).toEqual(['running', 'o1', 'o2'])
    other.give()
    other.give()
    expect(log).toEqual(['running', 'o1', 'o2', 'h1'])
    other.close()
    expect(log.at(-1)).toBe('h2')
  })

  it('of a partition whose others are held go to who comes first, until all who hold them have let go', () => {
    const log: string[] = []
    const queue = createSlots(2).openQueue()
    const first = (name: string) => queue.enter((admitted) => log.push(admitted ? name : `${name} sent away`), 'first')
    queue.holdOthers()
    queue.holdOthers()
    enter(queue, 'other', log)
    first('first')
    expect(log).toEqual(['first'])
    queue.releaseOthers()
    expect(log).toEqual(['first'])
    queue.hold()
    first('not even first')
    expect(log).toEqual(['first'])
    queue.release()
    expect(log).toEqual(['first', 'not even first'])
    queue.give()
    queue.releaseOthers()
    expect(log).toEqual(['first', 'not even first', 'other'])
  })

  it('are given back at once by the million without filling the stack', () => {
    const queue = createSlots(1).openQueue()
    let admitted = 0
    queue.enter(function next(): void {
      admitted += 1
      if (admitted < 1_000_000) queue.enter(next)
      queue.give()
    })
    expect(admitted).toBe(1_000_000)
  })
})
