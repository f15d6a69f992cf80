export { stackAddresses } from './injected-addresses.ts'
export type { StackAddresses } from './stack-addresses.ts'
export type { StackEnvironment, StackKind } from './stack-provider.ts'
export { type Stack, startStack, type StartStackOptions } from './start-stack.ts'
