import { describe, expect, it } from 'vitest'
import { parseCommand } from './parse-command.ts'

describe('the command line of `pnpm stack`', () => {
  it('starts all servers unless some are named', () => {
    expect(parseCommand(['up'])).toEqual({
      kind: 'up',
      output: 'text',
      brokers: undefined,
      servers: ['kafka', 'clickhouse', 'schemaRegistry'],
    })
    expect(parseCommand(['up', '--only', 'kafka,schema-registry', '--brokers', '3', '-o', 'env'])).toEqual({
      kind: 'up',
      output: 'env',
      brokers: 3,
      servers: ['kafka', 'schemaRegistry'],
    })
  })

  it('drops the `--` that package managers pass on', () => {
    expect(parseCommand(['--', 'status', '--output=json'])).toEqual({ kind: 'status', output: 'json' })
  })

  it('keeps the data unless told otherwise', () => {
    expect(parseCommand(['down'])).toEqual({ kind: 'down', deleteData: false })
    expect(parseCommand(['down', '--delete-data'])).toEqual({ kind: 'down', deleteData: true })
  })

  it.each([[[]], [['--help']], [['up', '--help']], [['-h']]])('explains itself for %j', (args) => {
    expect(parseCommand(args)).toEqual({ kind: 'help' })
  })

  it.each([
    [['start'], 'there is no command "start"'],
    [['up', '--brokers', '2'], '--brokers is "2", but can be 1 or 3'],
    [['up', '-o', 'xml'], '--output is "xml"'],
    [['up', '--only', 'kafka,redis'], '--only names "redis"'],
    [['status', '--delete-data'], "Unknown option '--delete-data'"],
    [['down', 'now'], 'Unexpected argument'],
  ])('refuses %j', (args, problem) => {
    expect(() => parseCommand(args)).toThrow(problem)
  })
})
