import { deadLetterHeaders } from '../../dead-letter/dead-letter-headers.ts'
import type { DeadLetterDialect } from './dead-letter.ts'

/** Which headers hold the facts. Of several names the first that is there counts. */
export interface DialectHeaders {
  readonly dialect: Exclude<DeadLetterDialect, 'unknown'>
  /** A record that bears one of these was set aside in this way. */
  readonly marks: readonly string[]
  readonly topic: readonly string[]
  readonly partition: readonly string[]
  readonly offset: readonly string[]
  readonly timestamp: readonly string[]
  readonly group: readonly string[]
  readonly errorClass: readonly string[]
  readonly errorCode: readonly string[]
  readonly errorMessage: readonly string[]
  readonly errorStack: readonly string[]
  readonly step: readonly string[]
  readonly attempts: readonly string[]
  /** RFC 3339, or milliseconds since 1970. */
  readonly failedAt: readonly string[]
  /** Names that begin so belong to whoever sets records aside: nothing of the record itself. */
  readonly prefixes: readonly string[]
}

const nothing = {
  marks: [],
  topic: [],
  partition: [],
  offset: [],
  timestamp: [],
  group: [],
  errorClass: [],
  errorCode: [],
  errorMessage: [],
  errorStack: [],
  step: [],
  attempts: [],
  failedAt: [],
} as const

const spring = 'kafka_dlt-'
const streams = '__streams.errors.'
const connect = '__connect.errors.'

/** The ways in which records are set aside, the most telling first: Spring Kafka also copies headers that others wrote. */
export const dialects: readonly DialectHeaders[] = [
  {
    ...nothing,
    dialect: 'ledgerbus',
    marks: [deadLetterHeaders.originTopic],
    topic: [deadLetterHeaders.originTopic],
    partition: [deadLetterHeaders.originPartition],
    offset: [deadLetterHeaders.originOffset],
    timestamp: [deadLetterHeaders.originTimestamp],
    group: [deadLetterHeaders.originGroup],
    errorClass: [deadLetterHeaders.errorClass],
    errorCode: [deadLetterHeaders.errorCode],
    errorMessage: [deadLetterHeaders.errorMessage],
    errorStack: [deadLetterHeaders.errorStack],
    step: [deadLetterHeaders.failedStep],
    attempts: [deadLetterHeaders.attempts],
    failedAt: [deadLetterHeaders.lastFailedAt, deadLetterHeaders.firstFailedAt],
    // None: the marks of a replay begin like ours and belong to the record.
    prefixes: [],
  },
  {
    // spring-projects/spring-kafka KafkaHeaders: partition int32, offset and timestamp int64, big-endian.
    ...nothing,
    dialect: 'spring-kafka',
    marks: [`${spring}original-topic`, `${spring}exception-fqcn`],
    topic: [`${spring}original-topic`],
    partition: [`${spring}original-partition`],
    offset: [`${spring}original-offset`],
    timestamp: [`${spring}original-timestamp`],
    group: [`${spring}original-consumer-group`],
    // The class itself is nearly always Spring's wrapper, ListenerExecutionFailedException.
    errorClass: [`${spring}exception-cause-fqcn`, `${spring}exception-fqcn`, `${spring}key-exception-fqcn`],
    errorMessage: [`${spring}exception-message`, `${spring}key-exception-message`],
    errorStack: [`${spring}exception-stacktrace`, `${spring}key-exception-stacktrace`],
    attempts: ['retry_topic-attempts'],
    prefixes: [spring, 'retry_topic-', 'springDeserializerException'],
  },
  {
    // apache/kafka KIP-1034, ExceptionHandlerUtils: all texts.
    ...nothing,
    dialect: 'kafka-streams',
    marks: [`${streams}topic`, `${streams}exception`, `${streams}exception.class.name`],
    topic: [`${streams}topic`],
    partition: [`${streams}partition`],
    offset: [`${streams}offset`],
    errorClass: [`${streams}exception`, `${streams}exception.class.name`],
    errorMessage: [`${streams}message`, `${streams}exception.message`],
    errorStack: [`${streams}stacktrace`, `${streams}exception.stack_trace`],
    prefixes: [streams],
  },
  {
    // apache/kafka KIP-298, DeadLetterQueueReporter: all texts.
    ...nothing,
    dialect: 'kafka-connect',
    marks: [`${connect}topic`, `${connect}exception.class.name`],
    topic: [`${connect}topic`],
    partition: [`${connect}partition`],
    offset: [`${connect}offset`],
    errorClass: [`${connect}exception.class.name`],
    errorMessage: [`${connect}exception.message`],
    errorStack: [`${connect}exception.stacktrace`],
    step: [`${connect}stage`],
    prefixes: [connect],
  },
  {
    // Spring Cloud Stream's binder (binary numbers) and many hand-written ones (texts).
    ...nothing,
    dialect: 'x-original-headers',
    marks: ['x-original-topic'],
    topic: ['x-original-topic'],
    partition: ['x-original-partition'],
    offset: ['x-original-offset'],
    timestamp: ['x-original-timestamp'],
    group: ['x-original-consumer-group', 'x-consumer-group'],
    errorClass: ['x-exception-fqcn', 'x-exception-class', 'x-error-class', 'x-error-type', 'x-error-name'],
    errorMessage: ['x-exception-message', 'x-error-message', 'x-failure-reason', 'x-error'],
    errorStack: ['x-exception-stacktrace', 'x-exception-stack', 'x-error-stack'],
    attempts: ['x-attempts', 'x-retry-attempts', 'x-retry-count'],
    failedAt: ['x-failed-at'],
    prefixes: ['x-original-'],
  },
  {
    ...nothing,
    dialect: 'original-headers',
    marks: ['original-topic'],
    topic: ['original-topic'],
    partition: ['original-partition'],
    offset: ['original-offset'],
    timestamp: ['original-timestamp'],
    group: ['original-consumer-group', 'original-group'],
    errorClass: ['exception-type', 'exception-class', 'exception-fqcn'],
    errorMessage: ['exception-message'],
    errorStack: ['exception-stack', 'exception-stacktrace'],
    attempts: ['attempts'],
    failedAt: ['failed-at'],
    prefixes: [],
  },
  {
    // JasperFx/wolverine DeadLetterQueueConstants: it says what failed, not where the record stood.
    ...nothing,
    dialect: 'wolverine',
    marks: ['exception-type', 'exception-message'],
    errorClass: ['exception-type'],
    errorMessage: ['exception-message'],
    errorStack: ['exception-stack'],
    attempts: ['attempts'],
    failedAt: ['failed-at'],
    prefixes: [],
  },
]

/** Whether a header of this name was added when the record was set aside, and is no part of the record that failed. */
export function isAddedBy(dialect: DialectHeaders, name: string): boolean {
  return dialect.prefixes.some((prefix) => name.startsWith(prefix)) || namesOf(dialect).has(name)
}

const namesByDialect = new WeakMap<DialectHeaders, ReadonlySet<string>>()

function namesOf(headers: DialectHeaders): ReadonlySet<string> {
  const known = namesByDialect.get(headers)
  if (known !== undefined) return known
  const { dialect: _dialect, prefixes: _prefixes, ...fields } = headers
  const names = new Set(Object.values(fields).flat())
  namesByDialect.set(headers, names)
  return names
}
