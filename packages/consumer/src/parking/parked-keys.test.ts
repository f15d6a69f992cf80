import { describe, expect, it } from 'vitest'
import { createParkedKeys } from './parked-keys.ts'

const record = (origin: bigint, key = 'k') => ({ key, origin })

describe('parked keys', () => {
  it('know the head of a key, and up to where its records are parked', () => {
    const keys = createParkedKeys()
    expect(keys.get('k')).toBeUndefined()
    for (const origin of [5n, 8n, 9n]) keys.add(record(origin))
    expect(keys.get('k')).toEqual({ head: 5n, highest: 9n })
    keys.done(record(5n))
    expect(keys.get('k')).toEqual({ head: 8n, highest: 9n })
    expect(keys.get('other')).toBeUndefined()
  })

  it('are free once their last record is done', () => {
    const keys = createParkedKeys()
    keys.add(record(5n))
    keys.add(record(6n))
    keys.done(record(5n))
    keys.done(record(6n))
    expect(keys.get('k')).toBeUndefined()
    expect(keys.size).toBe(0)
  })

  it('forget a record that could not be parked: it is not taken for one that stands there when it comes again', () => {
    const keys = createParkedKeys()
    keys.add(record(5n))
    keys.add(record(6n))
    keys.undo(record(6n))
    expect(keys.get('k')).toEqual({ head: 5n, highest: 5n })
    keys.undo(record(5n))
    expect(keys.size).toBe(0)
  })

  it('tell a second copy while the key is parked', () => {
    const keys = createParkedKeys()
    for (const origin of [5n, 6n]) keys.add(record(origin))
    expect(keys.read(record(5n), 0n)).toBe('open')
    keys.done(record(5n))
    expect(keys.read(record(5n), 1n)).toBe('twice')
    expect(keys.read(record(6n), 2n)).toBe('open')
  })

  it('take up what another member parked, when it is read', () => {
    const keys = createParkedKeys()
    expect(keys.read(record(5n), 0n)).toBe('open')
    expect(keys.get('k')).toEqual({ head: 5n, highest: 5n })
  })

  it('tell what waited behind a dead one when it died, and what came after', () => {
    const keys = createParkedKeys()
    for (const origin of [5n, 6n, 7n]) keys.add(record(origin))
    expect(keys.hasUnmarkedBehind(record(5n), 0n)).toBe(true)
    keys.marked(record(5n), 2n)
    expect(keys.hasUnmarkedBehind(record(6n), 1n)).toBe(false)
    expect(keys.read(record(5n), 0n)).toBe('dead')
    expect(keys.read(record(6n), 1n)).toBe('behind-dead')
    expect(keys.read(record(7n), 3n)).toBe('open')
  })
})
