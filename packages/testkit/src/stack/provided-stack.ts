import type { StackAddresses } from './stack-addresses.ts'

/** What the global set-up hands to the test files. */
export type ProvidedStack =
  | { readonly kind: 'running'; readonly addresses: StackAddresses }
  | { readonly kind: 'missing'; readonly reason: string }

declare module 'vitest' {
  interface ProvidedContext {
    readonly ledgerbusStack: ProvidedStack
  }
}
