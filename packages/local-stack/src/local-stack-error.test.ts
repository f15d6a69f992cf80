import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { isEnvironmentProblem, LocalStackError } from './local-stack-error.ts'

const source = new URL('./local-stack-error.ts', import.meta.url)
const catalogue = new URL('../../../docs/errors/local-stack.md', import.meta.url)

describe('an error of the local stack', () => {
  it('says what failed and what to do, then shows the details', () => {
    const error = new LocalStackError('kafka broker 1 ended', {
      code: 'STACK_SERVER_DIED',
      remedy: 'see its log',
      details: '  FATAL no',
    })
    expect(error.message).toBe('kafka broker 1 ended; see its log\n  FATAL no')
    expect(error).toMatchObject({ name: 'LocalStackError', outcome: 'failed', retriable: false, remedy: 'see its log' })
  })

  it('carries the mark that tells errors of Ledgerbus from others, out of sight', () => {
    const error = new LocalStackError('x', { code: 'STACK_BUSY', remedy: 'y' })
    expect(Symbol.for('ledgerbus.error') in error).toBe(true)
    expect(Object.getOwnPropertyDescriptor(error, Symbol.for('ledgerbus.error'))?.enumerable).toBe(false)
  })

  it('tells what the machine lacks from what went wrong', () => {
    expect(isEnvironmentProblem(new LocalStackError('x', { code: 'STACK_JAVA_MISSING', remedy: 'y' }))).toBe(true)
    expect(isEnvironmentProblem(new LocalStackError('x', { code: 'STACK_SERVER_DIED', remedy: 'y' }))).toBe(false)
  })

  it('has every code in the catalogue, and the catalogue has no other', async () => {
    const codes = [...(await readFile(source, 'utf8')).matchAll(/^ {2}\| '(STACK_\w+)'/gm)].map(([, code]) => code)
    const documented = [...(await readFile(catalogue, 'utf8')).matchAll(/^## (\S+)/gm)].map(([, code]) => code)
    expect(codes.length).toBeGreaterThan(0)
    expect(documented.toSorted()).toEqual(codes.toSorted())
  })
})
