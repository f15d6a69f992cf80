import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { createEventContext, eventContext } from './event-context.ts'

const first = { correlationId: 'story-1', causationId: 'event-1' }
const second = { correlationId: 'story-2' }

describe('an event context', () => {
  it('is undefined outside of any handler', () => {
    expect(createEventContext().current()).toBeUndefined()
  })

  it('is what a handler runs within, and its result is passed on', () => {
    const carrier = createEventContext()
    expect(carrier.run(first, () => carrier.current())).toBe(first)
    expect(carrier.current()).toBeUndefined()
  })

  it('stays through everything the handler awaits', async () => {
    const carrier = createEventContext()
    const seen = await carrier.run(first, async () => {
      await setImmediate()
      return [carrier.current(), await Promise.resolve().then(() => carrier.current())]
    })
    expect(seen).toEqual([first, first])
  })

  it('is each handler’s own when many run at once', async () => {
    const carrier = createEventContext()
    const stories = Array.from({ length: 50 }, (_, index) => ({ correlationId: `story-${index}` }))
    const seen = await Promise.all(
      stories.map((story) =>
        carrier.run(story, async () => {
          await setImmediate()
          return carrier.current()
        }),
      ),
    )
    expect(seen).toEqual(stories)
  })

  it('can be nested; the inner one ends with its action', () => {
    const carrier = createEventContext()
    const seen = carrier.run(first, () => [carrier.run(second, () => carrier.current()), carrier.current()])
    expect(seen).toEqual([second, first])
  })

  it('ends also when the action throws', () => {
    const carrier = createEventContext()
    const throwing = (): never => {
      throw new Error('handler failed')
    }
    expect(() => carrier.run(first, throwing)).toThrow('handler failed')
    expect(carrier.current()).toBeUndefined()
  })

  it('of one carrier is not seen by another', () => {
    const other = createEventContext()
    createEventContext().run(first, () => {
      expect(other.current()).toBeUndefined()
    })
  })
})

describe('the context of the process', () => {
  it('is one, also when the package is installed twice', async () => {
    vi.resetModules()
    const copy = await import('./event-context.ts')
    expect(copy.eventContext).not.toBe(eventContext)
    eventContext.run(first, () => {
      expect(copy.eventContext.current()).toBe(first)
    })
    copy.eventContext.run(second, () => {
      expect(eventContext.current()).toBe(second)
    })
  })

  it('is made at its first use, not when the package is imported', async () => {
    const shared = Symbol.for('ledgerbus.event-context')
    Reflect.deleteProperty(globalThis, shared)
    vi.resetModules()
    const copy = await import('./event-context.ts')
    expect(shared in globalThis).toBe(false)
    expect(copy.eventContext.current()).toBeUndefined()
    expect(shared in globalThis).toBe(true)
  })
})
