import type { StackAddresses } from './stack-addresses.ts'

/** Where a stack may come from; `LEDGERBUS_STACK` names one of them. */
export type StackKind = 'external' | 'docker' | 'local'

/** Servers that answer. */
export interface RunningServers {
  readonly addresses: StackAddresses
  /** Stops what was started; addresses that were given are left alone. */
  stop(): Promise<void>
}

/** What a start may use. */
export interface ProviderStartOptions {
  readonly progress: (line: string) => void
  readonly signal: AbortSignal | undefined
}

/** One way to get servers. */
export interface StackProvider {
  readonly kind: StackKind
  /** As it stands in a sentence: `local processes`. */
  readonly title: string
  /** Why it cannot be used here; `undefined` when it can. Finds out without starting anything. */
  obstacle(): Promise<string | undefined>
  start(options: ProviderStartOptions): Promise<RunningServers>
}

/** The environment variables that a stack is chosen by. */
export type StackEnvironment = Readonly<Record<string, string | undefined>>
