import { describe, expect, it } from 'vitest'
import { parseTimeToLive, type TimeToLive, timeToLiveText } from './time-to-live.ts'

const lives: readonly TimeToLive[] = [
  { retention: { days: 400 } },
  { retention: { months: 13 } },
  { retention: { days: 400 }, tiering: { volume: 'cold', afterDays: 30 } },
  { retention: { months: 13 }, tiering: { volume: 'cold-1', afterDays: 3 } },
]

describe('the time to live', () => {
  it('by months ends a month after the kept ones began, for all of its rows at once', () => {
    expect(timeToLiveText('kafka_timestamp', { retention: { months: 13 } })).toBe(
      'toStartOfMonth(kafka_timestamp) + toIntervalMonth(14)',
    )
  })

  it('of rows without months counts from when they were stored', () => {
    expect(timeToLiveText('ingested_at', { retention: { months: 13 } })).toBe('ingested_at + toIntervalMonth(13)')
  })

  it.each(lives)('is read back from what the server prints: %j', (life) => {
    const text = timeToLiveText('kafka_timestamp', life)
    expect(parseTimeToLive(`ReplacingMergeTree ORDER BY x TTL ${text} SETTINGS index_granularity = 1`)).toEqual(life)
    expect(parseTimeToLive(`ReplacingMergeTree ORDER BY x TTL ${text}`)).toEqual(life)
  })

  it('is unknown where somebody wrote another', () => {
    expect(parseTimeToLive('ReplacingMergeTree ORDER BY x SETTINGS y = 1')).toBeUndefined()
    expect(parseTimeToLive('ReplacingMergeTree ORDER BY x TTL timestamp + toIntervalDay(1)')).toBeUndefined()
  })
})
