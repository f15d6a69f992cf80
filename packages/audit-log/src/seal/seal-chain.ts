import { createHash } from 'node:crypto'
import type { WaitOptions } from '@ledgerbus/core'
import { decodeSeal, type Seal, sealHash } from './seal.ts'
import type { SealVerifier } from './seal-keys.ts'
import type { SealStore } from './seal-store.ts'

/**
 * What is wrong with a seal.
 *
 * - `unreadable`: it is no seal, or of a later version.
 * - `edited`: its hash is not that of what it says.
 * - `removed`: the seal before it is not there; with `number` 0, there is none at all.
 * - `foreign`: it does not follow the one before it; it comes from another chain or another place in this one.
 * - `unsigned`, `signature`: it is not signed, or not with the key.
 * - `index`: its index is not the one it was made with.
 * - `digest`: every entry fits the index, and yet the digest is another.
 * - `anchor`: the seal that was noted elsewhere is not in the chain; then `number` is 0.
 */
export type SealProblemKind =
  | 'unreadable'
  | 'edited'
  | 'removed'
  | 'foreign'
  | 'unsigned'
  | 'signature'
  | 'index'
  | 'digest'
  | 'anchor'

/** One problem and the seal that has it. */
export interface SealProblem {
  readonly number: number
  readonly kind: SealProblemKind
}

/** A chain as it was found. */
export interface SealChain {
  /** Those that say what they were made to say. */
  readonly seals: readonly Seal[]
  readonly problems: readonly SealProblem[]
}

/** What a chain is checked against. */
export interface ChainCheck extends WaitOptions {
  /** With it, every seal must be signed. */
  readonly verifier?: SealVerifier
  /** Hash of a seal that was noted elsewhere and must be there: without it nobody notices when the last seals are removed. */
  readonly anchor?: string
}

/** Reads all seals and checks that each is whole and follows the one before it. */
export async function readSealChain(store: SealStore, check: ChainCheck = {}): Promise<SealChain> {
  const seals: Seal[] = []
  const problems: SealProblem[] = []
  let last: { readonly number: number; readonly seal: Seal | undefined } | undefined
  for await (const { number, text } of store.seals(check)) {
    const seal = decodeSeal(text)
    if (number !== (last?.number ?? 0) + 1) problems.push({ number, kind: 'removed' })
    const problem = seal === undefined ? 'unreadable' : sealProblem(seal, number, last?.seal, check.verifier)
    if (problem !== undefined) problems.push({ number, kind: problem })
    if (seal !== undefined && problem !== 'edited') seals.push(seal)
    last = { number, seal }
  }
  // Where seals are expected, none is the worst of answers.
  if (last === undefined) problems.push({ number: 0, kind: 'removed' })
  if (check.anchor !== undefined && !seals.some(({ hash }) => hash === check.anchor)) {
    problems.push({ number: 0, kind: 'anchor' })
  }
  return { seals, problems }
}

function sealProblem(
  seal: Seal,
  number: number,
  before: Seal | undefined,
  verifier: SealVerifier | undefined,
): SealProblemKind | undefined {
  if (sealHash(seal) !== seal.hash) return 'edited'
  if (seal.number !== number) return 'foreign'
  if (number === 1 ? seal.previous !== '' : before !== undefined && !follows(seal, before)) return 'foreign'
  if (verifier === undefined) return undefined
  if (seal.signature === undefined) return 'unsigned'
  return verifier.verify(seal.hash, seal.signature) ? undefined : 'signature'
}

function follows(seal: Seal, before: Seal): boolean {
  return (
    seal.previous === before.hash &&
    seal.chain === before.chain &&
    seal.number === before.number + 1 &&
    seal.day > before.day
  )
}

/** Whether the index of a seal is the one it was made with. */
export async function isIndexWhole(store: SealStore, seal: Pick<Seal, 'number' | 'index'>): Promise<boolean> {
  const hash = createHash('sha256')
  for await (const chunk of store.index(seal)) hash.update(chunk)
  return hash.digest('hex') === seal.index
}
