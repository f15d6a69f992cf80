import { describe, expect, it } from 'vitest'
import { patchIdleTimer } from './idle-timer.ts'

describe('timer of an idle client', () => {
  it('is set only while a request waits', () => {
    let set = 0
    class RequestQueue {
      pending: unknown[] = []
      scheduleCheckPendingRequests() {
        set += 1
      }
    }
    patchIdleTimer({ load: () => RequestQueue, replace: () => undefined })
    const queue = new RequestQueue()

    queue.scheduleCheckPendingRequests()
    expect(set).toBe(0)
    queue.pending.push('request')
    queue.scheduleCheckPendingRequests()

    expect(set).toBe(1)
  })
})
