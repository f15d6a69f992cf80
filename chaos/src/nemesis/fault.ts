/** What a run has that can break: processes of the platform and servers, each server with a way to it. */
export type TargetKind = 'member' | 'sink' | 'runner' | 'broker' | 'clickhouse'

/** What can happen to a process of the platform, to a server, and to the way to a server. */
export type ProcessFault = `${'member' | 'sink' | 'runner'}-${'kill' | 'freeze' | 'restart'}`
/** What happens to a replay beside its runner. */
export type RunnerFault = `runner-${'zombie' | 'rival' | 'pause'}`
export type ServerFault = `${'broker' | 'clickhouse'}-${'kill' | 'freeze'}`
export type WayFault =
  /** All connections are reset, and again after so many bytes. */
  | 'cut'
  /** Nothing reaches the server; what it says still arrives. */
  | 'stall-requests'
  /** The server hears everything; nothing it says arrives. */
  | 'stall-answers'
  | 'slow'
  /** The server does what it was asked, the answer is lost, the connection breaks. */
  | 'swallow-answers'

/**
 * What is done to whom.
 *
 * - `member-kill`, `sink-kill`: `kill -9`; another one starts after the pause. `-restart`: SIGTERM, it closes; another one starts.
 * - `member-freeze`, `sink-freeze`: stands still for longer than its session, then goes on as if nothing had been.
 * - `runner-kill`, `-freeze`, `-restart`: the same to whoever runs a replay; it stands still for longer than its transaction may.
 * - `runner-zombie`: it stands still, another one runs the replay, then it goes on as if nothing had been. `-rival`: another one begins beside it.
 * - `runner-pause`: somebody else pauses the replay, and resumes it.
 * - `broker-kill`, `clickhouse-kill`: `kill -9`; the same server comes back on its folder.
 */
export type FaultKind = ProcessFault | RunnerFault | ServerFault | WayFault

export interface Fault {
  /** From 1, in the order of the beginnings. */
  readonly id: number
  readonly kind: FaultKind
  /** Whom it hits: for a fault of the network the server it lies in front of. */
  readonly of: TargetKind
  /** Which of them, from 0. */
  readonly target: number
  /** When it begins, in milliseconds after the run's start, and how long it lasts. */
  readonly atMs: number
  readonly forMs: number
  /** Whether it begins only once there was work since the fault before it. The others hit what may still be recovering. */
  readonly waitsForWork: boolean
}

/** Who is meant: a fault of the network breaks the way to its target. */
export function targetOf({ kind, of, target }: Pick<Fault, 'kind' | 'of' | 'target'>): string {
  return kind.startsWith(`${of}-`) ? `${of} ${target}` : `way to ${of} ${target}`
}
