/** What the supervisor starts. */
export interface SupervisedCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly folder: string
  /** Folders nobody needs once the parent is gone: removed after the server's death. */
  readonly removeWhenAbandoned: readonly string[]
}

/** Parent to supervisor. */
export type ToSupervisor =
  | { readonly kind: 'start'; readonly command: SupervisedCommand }
  | { readonly kind: 'signal'; readonly id: number; readonly signal: NodeJS.Signals }

/** How a server ended: a code or the signal that ended it. */
export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Supervisor to parent. */
export type FromSupervisor =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'signalled'; readonly id: number; readonly delivered: boolean }
  | { readonly kind: 'exited'; readonly exit: ProcessExit }
