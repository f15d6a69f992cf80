import type { ServerHandle } from '@ledgerbus/local-stack'
import type { FaultProxy } from '@ledgerbus/testkit/proxy'
import type { Members } from '../members/create-members.ts'
import type { Fault, WayFault } from './fault.ts'
import type { InjectFault } from './run-faults.ts'

/** Servers of one kind, and the proxies in front of them, in the same order. */
export interface BreakableServers {
  readonly servers: readonly ServerHandle[]
  readonly proxies: readonly FaultProxy[]
}

export interface FaultTargets {
  readonly signal: AbortSignal
  /** Members or sinks. */
  readonly members?: Members
  /** Brings about what happens to runners of replays. */
  readonly runners?: InjectFault
  readonly broker: BreakableServers
  readonly clickhouse?: BreakableServers
}

/** Does to processes, servers and their network what a fault says: nothing that this run did not start is touched. */
export function createInjector(targets: FaultTargets): InjectFault {
  const { signal } = targets

  return async (fault) => {
    const { kind, target } = fault
    /** The place is at work again when its new member has joined: a member that is killed before shows little. */
    async function replace(members: Members): Promise<void> {
      members.start(target)
      await members.joined(target, { signal })
    }
    switch (kind) {
      case 'member-kill':
      case 'sink-kill': {
        const members = present(targets.members, fault)
        await members.kill(target)
        return () => replace(members)
      }
      case 'member-restart':
      case 'sink-restart': {
        const members = present(targets.members, fault)
        await members.close(target)
        return () => replace(members)
      }
      case 'member-freeze':
      case 'sink-freeze': {
        const members = present(targets.members, fault)
        members.freeze(target)
        return async () => members.thaw(target)
      }
      case 'runner-kill':
      case 'runner-restart':
      case 'runner-freeze':
      case 'runner-zombie':
      case 'runner-rival':
      case 'runner-pause':
        return present(targets.runners, fault)(fault)
      case 'broker-kill':
      case 'clickhouse-kill': {
        const server = present(serversOf(targets, fault).servers[target], fault)
        await server.kill('SIGKILL')
        return () => server.restart()
      }
      case 'broker-freeze':
      case 'clickhouse-freeze': {
        const server = present(serversOf(targets, fault).servers[target], fault)
        await server.kill('SIGSTOP')
        return async () => void (await server.kill('SIGCONT'))
      }
      case 'cut':
      case 'stall-requests':
      case 'stall-answers':
      case 'slow':
      case 'swallow-answers': {
        const proxy = present(serversOf(targets, fault).proxies[target], fault)
        breakWay(proxy, kind)
        return async () => proxy.mend()
      }
    }
  }
}

function breakWay(proxy: FaultProxy, kind: WayFault): void {
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

function serversOf(targets: FaultTargets, fault: Fault): BreakableServers {
  const { of } = fault
  return present(of === 'broker' ? targets.broker : of === 'clickhouse' ? targets.clickhouse : undefined, fault)
}

function present<Target>(wanted: Target | undefined, { of, target }: Fault): Target {
  if (wanted === undefined) throw new Error(`unreachable: this run has no ${of} ${target} to break`)
  return wanted
}
