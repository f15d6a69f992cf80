import { describe, expect, it } from 'vitest'
import { givenAddresses } from './given-addresses.ts'

const complete = {
  KAFKA_BROKERS: 'one:9092, two:9092',
  CLICKHOUSE_URL: 'http://user:secret@localhost:8123',
  SCHEMA_REGISTRY_URL: 'https://registry/apis/ccompat/v7',
}

describe('addresses given by the environment', () => {
  it('are taken when all are there', () => {
    expect(givenAddresses(complete)).toEqual({
      kafkaBrokers: ['one:9092', 'two:9092'],
      clickhouseUrl: 'http://user:secret@localhost:8123',
      schemaRegistryUrl: 'https://registry/apis/ccompat/v7',
    })
  })

  it('are none when none is there, or all are empty', () => {
    expect(givenAddresses({})).toBeUndefined()
    expect(givenAddresses({ KAFKA_BROKERS: '', CLICKHOUSE_URL: '' })).toBeUndefined()
  })

  it('are refused when only some are there, with every one that is missing', () => {
    expect(() => givenAddresses({ KAFKA_BROKERS: 'one:9092' })).toThrow(
      expect.objectContaining({
        problems: [
          expect.stringContaining('CLICKHOUSE_URL is missing'),
          expect.stringContaining('SCHEMA_REGISTRY_URL is missing'),
        ],
      }),
    )
  })

  it('are refused when they cannot be addresses, with every problem', () => {
    expect(() =>
      givenAddresses({
        KAFKA_BROKERS: 'kafka://one',
        CLICKHOUSE_URL: 'localhost:8123',
        SCHEMA_REGISTRY_URL: 'ftp://x',
      }),
    ).toThrow(
      expect.objectContaining({
        problems: [
          'KAFKA_BROKERS must list host:port, separated by commas',
          'CLICKHOUSE_URL must be an http address',
          'SCHEMA_REGISTRY_URL must be an http address',
        ],
      }),
    )
  })
})
