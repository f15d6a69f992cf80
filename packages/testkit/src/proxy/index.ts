export type { Direction, FaultProxy, FaultProxyOptions } from './fault-proxy.ts'
export { startFaultProxy } from './start-fault-proxy.ts'
