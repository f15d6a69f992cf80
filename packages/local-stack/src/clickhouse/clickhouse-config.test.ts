import { describe, expect, it } from 'vitest'
import { checkConfig, type ClickHouseConfig, configXml, usersXml } from './clickhouse-config.ts'

function aConfig(overrides: Partial<ClickHouseConfig> = {}): ClickHouseConfig {
  return { serverSettings: {}, mergeTreeSettings: {}, settings: {}, users: [], ...overrides }
}

describe('the configuration of ClickHouse', () => {
  it('writes booleans as ClickHouse reads them, and escapes values', () => {
    const config = aConfig({ serverSettings: { a: '<&>' }, mergeTreeSettings: { fsync_after_insert: true } })
    expect(configXml(config, '/u.xml')).toContain('<merge_tree><fsync_after_insert>1</fsync_after_insert></merge_tree>')
    expect(configXml(config, '/u.xml')).toContain('<a>&lt;&amp;&gt;</a>')
  })

  it('keeps a hash of a password, not the password', () => {
    const xml = usersXml(aConfig({ users: [{ name: 'reader', password: 'secret', grants: ['GRANT SELECT ON a.*'] }] }))
    expect(xml).not.toContain('secret')
    expect(xml).toContain('<password_sha256_hex>2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b<')
    expect(xml).toContain('<query>GRANT SELECT ON a.*</query>')
  })

  it('refuses names that would not stay names in the file, all at once', () => {
    const config = aConfig({
      settings: { 'a><b': 1 },
      users: [
        { name: 'default', password: '', grants: [] },
        { name: 'o k', password: '', grants: [] },
      ],
    })
    expect(() => checkConfig(config)).toThrow(/"a><b" is not a name.*"o k" is not a name.*`default` is there already/)
  })
})
