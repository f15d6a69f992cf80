import { describe, expect, it } from 'vitest'
import { findChdbLibrary } from './chdb-library.ts'

describe('the ClickHouse library', () => {
  it.each(['darwin-arm64', 'darwin-x64', 'win32-x64'])(
    'is refused on %s in one line that says what runs there and how to get ClickHouse',
    (platform) => {
      expect(() => findChdbLibrary(platform)).toThrow(
        `ClickHouse does not run as a local process on ${platform}; Kafka and the schema registry do; ` +
          'start ClickHouse with Docker: `docker compose up --detach clickhouse`',
      )
    },
  )

  it('is missed by name when the optional package was not installed for this processor', () => {
    const other = process.arch === 'x64' ? 'linux-arm64' : 'linux-x64'
    expect(() => findChdbLibrary(other)).toThrow(expect.objectContaining({ code: 'STACK_CHDB_MISSING' }))
  })
})
