import {
  type Clock,
  ConfigurationError,
  consoleLogger,
  type Logger,
  type Random,
  systemClock,
  systemRandom,
} from '@ledgerbus/core'
import type { KafkaBrokerOptions, SaslOptions, TlsOptions } from './broker-options.ts'
import type { Codecs } from './client/codecs.ts'

/** The options with their defaults, checked. */
export interface KafkaSettings {
  readonly brokers: readonly string[]
  readonly clientId: string
  /** `false`: plain TCP. */
  readonly tls: false | TlsOptions
  readonly sasl: SaslOptions | undefined
  readonly codecs: Codecs
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  readonly connectionTimeoutMs: number
  readonly requestTimeoutMs: number
}

const known: readonly (keyof KafkaBrokerOptions)[] = [
  'brokers',
  'clientId',
  'tls',
  'sasl',
  'codecs',
  'logger',
  'clock',
  'random',
  'connectionTimeoutMs',
  'requestTimeoutMs',
]
const mechanisms: readonly string[] = ['plain', 'scram-sha-256', 'scram-sha-512']
const longestMs = 600_000

/** @throws ConfigurationError with every problem */
export function checkOptions(options: KafkaBrokerOptions): KafkaSettings {
  const { brokers, clientId, sasl, codecs = {}, connectionTimeoutMs = 5_000, requestTimeoutMs = 15_000 } = options
  const tls = tlsOf(options)
  const problems = [
    ...Object.keys(options)
      .filter((name) => !(known as readonly string[]).includes(name))
      .map((name) => `${name}: is no option; there are ${known.join(', ')}`),
    ...brokerProblems(brokers),
    ...(typeof clientId === 'string' && clientId !== '' ? [] : ['clientId: a name of this program']),
    ...saslProblems(sasl, tls),
    ...Object.entries(codecs)
      .filter(([, codec]) => typeof codec?.decompress !== 'function')
      .map(([name]) => `codecs.${name}: an object with decompress(bytes)`),
    ...milliseconds('connectionTimeoutMs', connectionTimeoutMs),
    ...milliseconds('requestTimeoutMs', requestTimeoutMs),
  ]
  if (problems.length > 0) throw new ConfigurationError('createKafkaBroker', problems)
  return {
    brokers: [...brokers],
    clientId,
    tls,
    sasl,
    codecs,
    logger: options.logger ?? consoleLogger,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    connectionTimeoutMs,
    requestTimeoutMs,
  }
}

function tlsOf({ tls, brokers }: KafkaBrokerOptions): false | TlsOptions {
  if (tls === undefined) return Array.isArray(brokers) && brokers.every(isLoopback) ? false : {}
  return typeof tls === 'boolean' ? tls && {} : tls
}

/** The machine itself, as it is written; a name that merely resolves to it may be made to resolve elsewhere. */
function isLoopback(broker: unknown): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+):\d+$/.test(String(broker))
}

function brokerProblems(brokers: unknown): string[] {
  if (!Array.isArray(brokers) || brokers.length === 0) return ['brokers: at least one address, host:port']
  return brokers.filter((broker) => !isAddress(broker)).map((broker) => `brokers: ${String(broker)} is not host:port`)
}

/** kafkajs cuts at the first colon, so an IPv6 address has to be a name. */
function isAddress(broker: unknown): boolean {
  const [, port] = /^[^\s:/]+:(\d{1,5})$/.exec(String(broker)) ?? []
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535
}

function* saslProblems(sasl: SaslOptions | undefined, tls: false | TlsOptions): Generator<string> {
  if (sasl === undefined) return
  if (!mechanisms.includes(sasl.mechanism)) yield `sasl.mechanism: one of ${mechanisms.join(', ')}`
  if (
    !('credentials' in sasl ? typeof sasl.credentials === 'function' : isText(sasl.username) && isText(sasl.password))
  ) {
    yield 'sasl: username and password, or credentials, a function that returns both'
  }
  if (sasl.mechanism === 'plain' && tls === false && sasl.unsafePlainWithoutTls !== true) {
    yield 'sasl: plain sends the password unencrypted without TLS; set tls, use scram-sha-512, or say sasl.unsafePlainWithoutTls'
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function milliseconds(name: string, value: number): string[] {
  if (Number.isInteger(value) && value >= 1 && value <= longestMs) return []
  return [`${name}: a whole number of milliseconds from 1 to ${longestMs}, not ${String(value)}`]
}
