import type { KafkaBrokerHandle } from '@ledgerbus/local-stack'
import type { FaultProxy } from '@ledgerbus/testkit/proxy'
import type { Fault } from '../nemesis/fault.ts'
import type { InjectFault } from '../nemesis/run-faults.ts'
import type { Members } from './members.ts'

export interface FaultTargets {
  readonly signal: AbortSignal
  readonly members: Members
  readonly brokers: readonly KafkaBrokerHandle[]
  /** In the order of the brokers. */
  readonly proxies: readonly FaultProxy[]
}

/** Does to members, brokers and their network what a fault says: nothing that this run did not start is touched. */
export function createInjector({ members, brokers, proxies, signal }: FaultTargets): InjectFault {
  return async (fault) => {
    const { kind, target } = fault
    /** The place is at work again when its new member has joined: a member that is killed before shows little. */
    async function replace(): Promise<void> {
      members.start(target)
      await members.joined(target, { signal })
    }
    switch (kind) {
      case 'member-kill':
        await members.kill(target)
        return replace
      case 'member-restart':
        await members.close(target)
        return replace
      case 'member-freeze':
        members.freeze(target)
        return async () => members.thaw(target)
      case 'broker-kill': {
        const broker = brokerOf(brokers, target)
        await broker.kill('SIGKILL')
        return () => broker.restart()
      }
      case 'broker-freeze': {
        const broker = brokerOf(brokers, target)
        await broker.kill('SIGSTOP')
        return async () => void (await broker.kill('SIGCONT'))
      }
      case 'cut':
      case 'stall-requests':
      case 'stall-answers':
      case 'slow':
      case 'swallow-answers': {
        const proxy = proxies[target]
        if (proxy === undefined) throw new Error(`unreachable: there is no proxy ${target}`)
        breakWay(proxy, kind)
        return async () => proxy.mend()
      }
    }
  }
}

function breakWay(
  proxy: FaultProxy,
  kind: Extract<Fault['kind'], 'cut' | 'stall-requests' | 'stall-answers' | 'slow' | 'swallow-answers'>,
): void {
  switch (kind) {
    case 'cut':
      proxy.cut()
      // In the middle of whatever is written then.
      return proxy.cut({ afterBytes: 50_000 })
    case 'stall-requests':
      return proxy.stall('to-server')
    case 'stall-answers':
      return proxy.stall('to-client')
    case 'slow':
      return proxy.slow({ latencyMs: 200, bytesPerSecond: 200_000 })
    case 'swallow-answers':
      return proxy.swallowAnswers({ after: 20, clientSees: 'reset' })
  }
}

function brokerOf(brokers: readonly KafkaBrokerHandle[], target: number): KafkaBrokerHandle {
  const broker = brokers[target]
  if (broker === undefined) throw new Error(`unreachable: there is no broker ${target}`)
  return broker
}
