import {
  type Broker,
  type Clock,
  ConfigurationError,
  consoleLogger,
  createEventRegistry,
  type EventContextCarrier,
  type EventDefinition,
  type EventRegistry,
  type Ids,
  type Logger,
  type Random,
  systemClock,
  systemRandom,
  uuidV7Ids,
} from '@ledgerbus/core'
import { eventContext } from '@ledgerbus/context'
import { closestName } from './closest-name.ts'

/** What `createProducer` takes. */
export interface ProducerOptions {
  readonly broker: Broker
  /** The name of this service; every event says who published it. */
  readonly source: string
  /** The definitions that may be published; others are refused. */
  readonly events: readonly EventDefinition[]
  /** What `start` does about topics that do not exist: makes them as their definitions say, or refuses to start. @default 'check' */
  readonly topics?: 'create' | 'check'
  /** Where correlation, causation and trace come from when the input names none. @default `eventContext` of `@ledgerbus/context` */
  readonly context?: EventContextCarrier
  /** @default the machine's clock */
  readonly clock?: Clock
  /** @default UUID version 7 */
  readonly ids?: Ids
  /** Chooses partitions for records without a key. @default Math.random */
  readonly random?: Random
  /** @default warnings and errors on stderr */
  readonly logger?: Logger
  /** How long the first record of a batch waits for company, in milliseconds; 0: not at all. @default 5 */
  readonly lingerMs?: number
  /** Most records of a batch, 1 to 500. @default 500 */
  readonly maxBatchRecords?: number
  /** Most bytes of a batch; one larger record travels alone. Keep it below the topic's `max.message.bytes`. @default 900_000 */
  readonly maxBatchBytes?: number
  /** Most records on their way; further calls of `publish` wait. @default 10_000 */
  readonly maxBufferedRecords?: number
  /** Most bytes on their way; further calls of `publish` wait. @default 32_000_000 */
  readonly maxBufferedBytes?: number
  /**
   * How long a record may wait to be sent before it fails, and how long a batch is then sent again until its outcome is unknown, in
   * milliseconds. @default 60_000
   */
  readonly deliveryTimeoutMs?: number
  /** Largest record, key, value and headers together, in bytes. @default 1_000_000 */
  readonly maxRecordBytes?: number
}

/** The options with their defaults, checked. */
export interface ProducerSettings extends Required<ProducerOptions> {
  readonly registry: EventRegistry
}

/** Fills in the defaults. @throws ConfigurationError with every problem at once */
export function resolveProducerOptions(options: ProducerOptions): ProducerSettings {
  const settings: Required<ProducerOptions> = {
    broker: options.broker,
    source: options.source,
    events: options.events,
    topics: options.topics ?? 'check',
    context: options.context ?? eventContext,
    clock: options.clock ?? systemClock,
    ids: options.ids ?? uuidV7Ids,
    random: options.random ?? systemRandom,
    logger: options.logger ?? consoleLogger,
    lingerMs: options.lingerMs ?? 5,
    maxBatchRecords: options.maxBatchRecords ?? 500,
    maxBatchBytes: options.maxBatchBytes ?? 900_000,
    maxBufferedRecords: options.maxBufferedRecords ?? 10_000,
    maxBufferedBytes: options.maxBufferedBytes ?? 32_000_000,
    deliveryTimeoutMs: options.deliveryTimeoutMs ?? 60_000,
    maxRecordBytes: options.maxRecordBytes ?? 1_000_000,
  }
  const problems = [...unknownOptions(options, Object.keys(settings)), ...problemsOf(settings)]
  const registry = registryOf(settings.events, problems)
  if (registry === undefined || problems.length > 0) throw new ConfigurationError('createProducer', problems)
  return { ...settings, registry }
}

function registryOf(events: readonly EventDefinition[], problems: string[]): EventRegistry | undefined {
  if (!Array.isArray(events) || events.length === 0) {
    problems.push('events: at least one definition that may be published')
    return undefined
  }
  try {
    return createEventRegistry(events)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    problems.push(...error.problems.map((problem) => `events: ${problem}`))
    return undefined
  }
}

function* unknownOptions(options: ProducerOptions, known: readonly string[]): Generator<string> {
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue
    const meant = closestName(option, known)
    yield meant === undefined ? `${option}: is no option` : `${option}: is no option; did you mean ${meant}?`
  }
}

function* problemsOf(settings: Required<ProducerOptions>): Generator<string> {
  if (typeof settings.broker?.createProducer !== 'function') yield 'broker: a broker such as createKafkaBroker() makes'
  if (typeof settings.source !== 'string' || !/^\S{1,255}$/.test(settings.source)) {
    yield 'source: the name or URI of the service that publishes, 1 to 255 characters without blanks'
  }
  if (settings.topics !== 'create' && settings.topics !== 'check') yield "topics: 'create' or 'check'"
  yield* wholeNumber(settings, 'lingerMs', 0, 60_000)
  // The broker port takes no more in one append.
  yield* wholeNumber(settings, 'maxBatchRecords', 1, 500)
  yield* wholeNumber(settings, 'maxBatchBytes', 1, 1_000_000_000)
  yield* wholeNumber(settings, 'maxBufferedRecords', 1, 1_000_000_000)
  yield* wholeNumber(settings, 'maxBufferedBytes', 1, 1_000_000_000_000)
  yield* wholeNumber(settings, 'deliveryTimeoutMs', 1, 2_147_483_647)
  yield* wholeNumber(settings, 'maxRecordBytes', 1, 1_000_000_000)
}

type NumberOption = {
  [Option in keyof ProducerOptions]-?: Required<ProducerOptions>[Option] extends number ? Option : never
}[keyof ProducerOptions]

function* wholeNumber(
  settings: Required<ProducerOptions>,
  option: NumberOption,
  least: number,
  most: number,
): Generator<string> {
  const value = settings[option]
  if (!Number.isInteger(value) || value < least || value > most) {
    yield `${option}: a whole number from ${least} to ${most}, not ${String(value)}`
  }
}
