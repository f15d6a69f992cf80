import type { ClientModules } from './client-modules.ts'

interface RequestQueue {
  readonly pending: readonly unknown[]
}

/**
 * kafkajs sets a timer after every answer, and again whenever it fires, also when no request waits; the delay is then a negative number.
 * Node 24 prints `TimeoutNegativeWarning` for it, and an idle client burns four times the CPU it needs.
 */
export function patchIdleTimer(modules: ClientModules): void {
  const { prototype } = modules.load('src/network/requestQueue') as {
    readonly prototype: { scheduleCheckPendingRequests: (this: RequestQueue) => void }
  }
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function scheduleWhenSomethingWaits() {
    if (this.pending.length > 0) schedule.call(this)
  }
}
