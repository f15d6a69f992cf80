import type { Clock, Logger, Random } from '@ledgerbus/core'

/** Certificates of a TLS connection, as PEM. The broker's certificate is always verified. */
export interface TlsOptions {
  /** Authorities that may sign the broker's certificate. @default those of Node */
  readonly ca?: string | readonly string[]
  /** This client's own certificate, where the broker asks for one. */
  readonly cert?: string
  /** The key of `cert`. */
  readonly key?: string
  /** What `key` is encrypted with. */
  readonly passphrase?: string
  /** The name the certificate must bear. @default the host of each broker */
  readonly serverName?: string
}

/** A user and the secret that proves it. */
export interface SaslCredentials {
  readonly username: string
  readonly password: string
}

/** How this client proves who it is. The credentials, or a function that is asked at each connection, so that they can change. */
export type SaslOptions = {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  /** `plain` sends the password itself: without TLS everybody on the way reads it. @default false */
  readonly unsafePlainWithoutTls?: boolean
} & (SaslCredentials | { readonly credentials: () => SaslCredentials | Promise<SaslCredentials> })

/** Reads what other producers compressed. */
export interface CompressionCodec {
  /** The records of a batch, from the bytes that stand for them in it: snappy in Xerial's framing, lz4 as a frame. */
  decompress(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** Options of {@link createKafkaBroker}. */
export interface KafkaBrokerOptions {
  /** Some brokers of the cluster, `host:port`; the others are found through them. */
  readonly brokers: readonly string[]
  /** Names this program in the logs and quotas of the broker. */
  readonly clientId: string
  /** @default true, but false where all `brokers` are on this machine (loopback) */
  readonly tls?: boolean | TlsOptions
  readonly sasl?: SaslOptions
  /**
   * Codecs this client does not have, for topics whose other producers use them; they serve all of kafkajs in this process. gzip is built
   * in, and zstd from Node 22.15 on.
   */
  readonly codecs?: { readonly snappy?: CompressionCodec; readonly lz4?: CompressionCodec }
  /** @default warnings and errors on stderr */
  readonly logger?: Logger
  readonly clock?: Clock
  readonly random?: Random
  /** Longest wait for a connection, in milliseconds. @default 5_000 */
  readonly connectionTimeoutMs?: number
  /** Longest wait for one answer, in milliseconds; the replicas have four fifths of it. @default 15_000 */
  readonly requestTimeoutMs?: number
}
