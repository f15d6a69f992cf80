import { describe, expect, it } from 'vitest'
import { isScoped, organizationFilter, type RowPolicy } from './row-policy.ts'

const acme = "organization_id = 'acme'"

function aPolicy(overrides: Partial<RowPolicy> = {}): RowPolicy {
  return {
    table: 'audit_events',
    filter: acme,
    isRestrictive: false,
    applyToAll: false,
    applyTo: ['reader'],
    except: [],
    ...overrides,
  }
}

const everyone = aPolicy({ filter: '1', applyToAll: true, applyTo: [] })

describe('row policies', () => {
  it.each([
    ['a permissive one of the organization', [aPolicy()]],
    ['a restrictive one beside one for everyone', [everyone, aPolicy({ isRestrictive: true })]],
    ['one through a role', [aPolicy({ applyTo: ['auditors'] })]],
    ['wider ones of others', [aPolicy(), aPolicy({ filter: '1', applyTo: ['other'] })]],
  ])('scope a user with %s', (_, policies) => {
    expect(isScoped(policies, ['reader', 'auditors'], 'acme')).toBe(true)
  })

  it.each([
    ['none', []],
    ['one of somebody else', [aPolicy({ applyTo: ['other'] })]],
    ['one of another organization', [aPolicy({ filter: "organization_id = 'globex'" })]],
    ['a wider permissive one beside it', [aPolicy(), everyone]],
    ['one from which the user is excepted', [aPolicy({ applyToAll: true, applyTo: [], except: ['reader'] })]],
    ['a condition that only looks like it', [aPolicy({ filter: `${acme} OR 1` })]],
  ])('do not scope a user with %s', (_, policies) => {
    expect(isScoped(policies, ['reader'], 'acme')).toBe(false)
  })

  it('are written so that no name of an organization leaves its quotes', () => {
    expect(organizationFilter("o'r\\g")).toBe("organization_id = 'o\\'r\\\\g'")
  })
})
