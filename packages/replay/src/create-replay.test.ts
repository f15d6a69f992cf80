import { ConfigurationError } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { aReplayWorld } from '../test/replay-world.ts'
import { type CreateReplayOptions, createReplay } from './create-replay.ts'

describe('createReplay', () => {
  it.each([
    ['no broker', { broker: undefined }, /^createReplay: broker: /u],
    ['something else as broker', { broker: { createProducer: 'yes' } }, /^createReplay: broker: [^;]*$/u],
    ['no audit log', { auditLog: null }, /^createReplay: auditLog: /u],
    ['something else as audit log', { auditLog: {} }, /^createReplay: auditLog: [^;]*$/u],
    ['no transforms', { transforms: ['anonymous'] }, /^createReplay: transforms: an object of functions/u],
    [
      'what is no transform',
      { transforms: { anonymous: 'yes' } },
      /^createReplay: transforms: "anonymous" is no function$/u,
    ],
    ['a transform that answers later', { transforms: { anonymous: async () => null } }, /"anonymous" answers later/u],
    ['a transform that answers bit by bit', { transforms: { *anonymous() {} } }, /"anonymous" answers later/u],
    ['neither', { broker: 'localhost:9092', auditLog: null }, /broker: .*; auditLog: /u],
  ])('refuses %s from callers without types, before anything is planned', async (_what, given, message) => {
    const { broker, auditLog } = await aReplayWorld()
    const options = { broker, auditLog, ...given } as unknown as CreateReplayOptions

    expect(() => createReplay(options)).toThrow(ConfigurationError)
    expect(() => createReplay(options)).toThrow(message)
  })
})
