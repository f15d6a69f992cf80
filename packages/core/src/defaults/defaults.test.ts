import { afterEach, describe, expect, it, vi } from 'vitest'
import { isUuid } from '../envelope/text-rules.ts'
import { consoleLogger, silentLogger } from './console-logger.ts'
import { systemRandom } from './system-random.ts'
import { uuidV7Ids } from './uuid-v7-ids.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('ids', () => {
  it('are UUIDs of version 7', () => {
    const id = uuidV7Ids.next()
    expect(isUuid(id)).toBe(true)
    expect(id[14]).toBe('7')
  })

  it('rise within the process', () => {
    const ids = Array.from({ length: 10_000 }, () => uuidV7Ids.next())
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('randomness', () => {
  it('is at least 0 and below 1', () => {
    for (let draw = 0; draw < 1_000; draw += 1) {
      const value = systemRandom.next()
      expect(value >= 0 && value < 1).toBe(true)
    }
  })
})

describe('the console logger', () => {
  it('writes warnings and errors to stderr, with their facts', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined)
    const error = vi.spyOn(console, 'error').mockReturnValue(undefined)
    consoleLogger.warn({ topic: 'orders' }, 'handler failed, will retry')
    consoleLogger.error({ topic: 'orders' }, 'partition paused')
    expect(warn).toHaveBeenCalledWith('ledgerbus warn: handler failed, will retry', { topic: 'orders' })
    expect(error).toHaveBeenCalledWith('ledgerbus error: partition paused', { topic: 'orders' })
  })

  it('writes nothing else, and nothing to stdout', () => {
    const spies = (['log', 'info', 'debug', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level))
    consoleLogger.debug({}, 'x')
    consoleLogger.info({}, 'x')
    for (const level of ['debug', 'info', 'warn', 'error'] as const) silentLogger[level]({}, 'x')
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })
})
