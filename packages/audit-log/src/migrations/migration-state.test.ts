import { describe, expect, it } from 'vitest'
import { tableNames } from '../table-names.ts'
import { allMigrations } from './all-migrations.ts'
import { checksumOf, type Migration, statementsOf } from './migration.ts'
import { migrationState } from './migration-state.ts'

const first: Migration = { name: '0001_first', statements: ['CREATE TABLE IF NOT EXISTS {events}'] }
const second: Migration = { name: '0002_second', statements: ['ALTER TABLE {events}', 'ALTER TABLE {quarantine}'] }

describe('migrations', () => {
  it('are pending until they stand in the ledger', () => {
    expect(migrationState([first, second]).pending).toEqual([first, second])
    expect(migrationState([first, second], new Map([[first.name, checksumOf(first)]])).pending).toEqual([second])
  })

  it('are refused when one was applied with another text', () => {
    expect(() => migrationState([first], new Map([[first.name, checksumOf(second)]]))).toThrow(
      expect.objectContaining({ code: 'AUDIT_MIGRATION_CHANGED' }),
    )
  })

  it('of a newer version are known as such', () => {
    expect(migrationState([], new Map([['0009_later', 'x']])).unknown).toEqual(['0009_later'])
  })

  it('have the same checksum whatever the tables are called', () => {
    expect(statementsOf(second, tableNames('mine'))).toEqual(['ALTER TABLE mine_events', 'ALTER TABLE mine_quarantine'])
  })

  it('are numbered without a gap, in their order', () => {
    expect(allMigrations.map(({ name }) => name.slice(0, 5))).toEqual(
      allMigrations.map((_, index) => `${String(index + 1).padStart(4, '0')}_`),
    )
  })

  it('never change once they were released: what was applied would be refused', () => {
    expect(allMigrations.map((migration) => [migration.name, checksumOf(migration)])).toEqual([
      ['0001_create_audit_log', 'd40a3e6c608da634286b0c205712d8ba11c47006f1c8f75ad917a64a84c2c348'],
      ['0002_create_erased', '5e0ededb9a2f4bb8aa37a022f78b7f368a2b6ac0e414b9bbc9507fa8f19dc4a9'],
      ['0003_keep_inserts_compact', '05c037786180cf2ddfc4ffca7ca993f948789f57b44b8a1592a5cce5747c0f6e'],
    ])
  })

  it('are made of statements that bear being repeated', () => {
    for (const { statements } of allMigrations) {
      for (const statement of statements)
        expect(statement).toMatch(/IF (?:NOT )?EXISTS|CREATE OR REPLACE|^INSERT INTO|^ALTER TABLE \S+ MODIFY SETTING /)
    }
  })
})
