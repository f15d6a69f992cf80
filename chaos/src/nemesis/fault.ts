/** What is done to whom. Members and brokers are processes; the others break the network in front of one broker. */
export type FaultKind =
  /** `kill -9`; another member starts after the pause. */
  | 'member-kill'
  /** Stands still for longer than its session, then goes on as if nothing had been. */
  | 'member-freeze'
  /** SIGTERM: it closes; another one starts. */
  | 'member-restart'
  /** `kill -9`; the same broker comes back on its folder. */
  | 'broker-kill'
  | 'broker-freeze'
  /** All connections to a broker are reset, and again after so many bytes. */
  | 'cut'
  /** Nothing reaches the broker; what it says still arrives. */
  | 'stall-requests'
  /** The broker hears everything; nothing it says arrives. */
  | 'stall-answers'
  | 'slow'
  /** The broker does what it was asked, the answer is lost, the connection breaks. */
  | 'swallow-answers'

export interface Fault {
  /** From 1, in the order of the beginnings. */
  readonly id: number
  readonly kind: FaultKind
  /** Which member or broker, from 0. */
  readonly target: number
  /** When it begins, in milliseconds after the run's start, and how long it lasts. */
  readonly atMs: number
  readonly forMs: number
  /** Whether it begins only once the group has worked since the fault before it. The others hit a group that may still be recovering. */
  readonly waitsForWork: boolean
}

/** Who is meant: a fault of the network has the broker it lies in front of. */
export function targetOf({ kind, target }: Pick<Fault, 'kind' | 'target'>): string {
  if (kind.startsWith('member-')) return `member ${target}`
  return kind.startsWith('broker-') ? `broker ${target}` : `way to broker ${target}`
}
