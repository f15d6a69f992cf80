import {
  type AuditReading,
  type Coordinates,
  decodeEnvelope,
  isLedgerbusError,
  type LedgerbusError,
  type Logger,
} from '@ledgerbus/core'
import type { DecodedValue, DecodeValue } from './decode-value.ts'
import type { Condition } from '../wait/condition.ts'
import { isWorthALine, type PauseNeeds, pauseBeforeRetry } from '../wait/pause.ts'

/** What decoding works with. */
export interface PredecodeNeeds extends PauseNeeds {
  readonly decodeValue: DecodeValue
  readonly logger: Logger
  readonly recovered: Condition
}

/**
 * Decodes a framed value before it waits for its insert; `undefined` after an abort. While the registry is away it tries again: the
 * partition is held by the delivery that waits here.
 */
export async function predecode(
  needs: PredecodeNeeds,
  value: Uint8Array,
  options: {
    readonly signal: AbortSignal
    /** Whose value it is, for the log lines. */
    readonly of: Coordinates
    readonly trouble: (error: LedgerbusError | undefined, attempts: number) => void
  },
): Promise<AuditReading | undefined> {
  const { decodeValue, logger } = needs
  const { signal, trouble } = options
  const { topic, partition, offset } = options.of
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      const decoded = await decodeValue(value, { signal })
      if (attempt > 1) trouble(undefined, attempt)
      return readingOf(decoded)
    } catch (error) {
      if (signal.aborted) break
      if (!isLedgerbusError(error) || !error.retriable) return undecodable(error)
      trouble(error, attempt)
      if (isWorthALine(attempt)) {
        logger.warn({ topic, partition, offset, code: error.code, attempt }, 'value not decoded, will decode it again')
      }
      await pauseBeforeRetry(needs, attempt, { retriable: true, signal, recovered: needs.recovered })
    }
  }
  return undefined
}

const encoder = new TextEncoder()

function readingOf({ json, format }: DecodedValue): AuditReading {
  try {
    return { status: 'ok', envelope: decodeEnvelope(encoder.encode(json)), format, decoded: json }
  } catch (error) {
    return undecodable(error)
  }
}

/** Longest reason that is stored; one issue a field can make a long list. */
const maxProblemLength = 1_000

/** Without what stands in the value: only our own messages are known to say nothing of that. */
function undecodable(error: unknown): AuditReading {
  const problem = isLedgerbusError(error)
    ? error.message
    : `reading the value threw ${error instanceof Error ? error.name : typeof error}`
  return { status: 'undecodable', problem: problem.slice(0, maxProblemLength) }
}
