import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { ConfigurationError } from '@ledgerbus/core'

/** Signs seals, so that nobody without the key can make a chain anew. */
export interface SealSigner {
  sign(hash: string): string
}

/** Tells whether a seal was signed with the key. */
export interface SealVerifier {
  verify(hash: string, signature: string): boolean
}

/**
 * Signs seals with a key.
 *
 * @param pem an Ed25519 private key (PKCS #8), as `openssl genpkey -algorithm ed25519` makes it
 * @throws ConfigurationError for anything else
 */
export function createSealSigner(pem: string): SealSigner {
  const key = keyOf(() => createPrivateKey(pem), 'an Ed25519 private key in PEM')
  return { sign: (hash) => sign(null, Buffer.from(hash, 'hex'), key).toString('base64') }
}

/**
 * Checks that seals were signed with a key.
 *
 * @param pem an Ed25519 public key (SPKI), as `openssl pkey -pubout` makes it; a private key will do as well
 * @throws ConfigurationError for anything else
 */
export function createSealVerifier(pem: string): SealVerifier {
  const key = keyOf(() => createPublicKey(pem), 'an Ed25519 public key in PEM')
  return { verify: (hash, signature) => verify(null, Buffer.from(hash, 'hex'), key, Buffer.from(signature, 'base64')) }
}

/** What the engine says about a key may quote it, so only what is expected is told. */
function keyOf(read: () => KeyObject, expected: string): KeyObject {
  let key: KeyObject | undefined
  try {
    key = read()
  } catch {
    key = undefined
  }
  if (key?.asymmetricKeyType === 'ed25519') return key
  throw new ConfigurationError('seals', [`the key must be ${expected}`])
}
