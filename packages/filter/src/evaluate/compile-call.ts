import { RE2JS } from 're2js'
import type { FilterCall, FilterRegex } from '../syntax/filter-node.ts'
import { conversions } from './convert.ts'
import { codePointsIn, occursIn, stepsToFind } from './find-text.ts'
import type { Problems } from './problems.ts'
import { type Evaluate, pay, type Run } from './run.ts'
import { kindOf } from './value-kind.ts'

/** Conversions read up to 64 characters, print a number, or take a calendar apart. */
const stepsOfConversion = 10

export function compileCall(node: FilterCall, args: readonly Evaluate[], problems: Problems): Evaluate {
  const [first, second] = args
  if (first === undefined) throw new Error(`${node.name} was checked to have an argument`)
  switch (node.name) {
    case 'size':
      return (run) => sizeOf(run, first(run), problems)
    case 'startsWith':
    case 'endsWith':
    case 'contains':
      if (second === undefined) throw new Error(`${node.name} was checked to have two arguments`)
      return compileTextTest(node.name, first, second, problems)
    default: {
      const convert = conversions[node.name]
      return (run) => (pay(run, stepsOfConversion) ? convert(first(run), problems) : problems.tooCostly())
    }
  }
}

function sizeOf(run: Run, value: unknown, problems: Problems): unknown {
  if (typeof value === 'string') {
    return pay(run, value.length >>> 4) ? BigInt(codePointsIn(value)) : problems.tooCostly()
  }
  if (Array.isArray(value)) return BigInt(value.length)
  if (kindOf(value) !== 'map') return problems.wrongType('"size" takes a string, a list or a map', value)
  const keys = Object.keys(value as object).length
  return pay(run, keys) ? BigInt(keys) : problems.tooCostly()
}

const textTests = {
  startsWith: {
    test: (text: string, part: string) => text.startsWith(part),
    steps: (_: string, part: string) => part.length >>> 6,
  },
  endsWith: {
    test: (text: string, part: string) => text.endsWith(part),
    steps: (_: string, part: string) => part.length >>> 6,
  },
  contains: { test: occursIn, steps: stepsToFind },
} as const

function compileTextTest(
  name: 'startsWith' | 'endsWith' | 'contains',
  text: Evaluate,
  part: Evaluate,
  problems: Problems,
): Evaluate {
  const { test, steps } = textTests[name]
  return (run) => {
    const whole = text(run)
    const sought = part(run)
    if (typeof whole !== 'string' || typeof sought !== 'string') {
      return problems.wrongTypes(`"${name}" takes two strings`, whole, sought)
    }
    return pay(run, steps(whole, sought)) ? test(whole, sought) : problems.tooCostly()
  }
}

/** At its worst RE2 looks at each instruction of the pattern for each character of the text, and makes a state of its automaton of what it saw. */
export function compileRegex({ pattern }: FilterRegex, text: Evaluate, problems: Problems): Evaluate {
  const compiled = RE2JS.compile(pattern)
  const size = compiled.programSize()
  return (run) => {
    const value = text(run)
    if (typeof value !== 'string') return problems.wrongType('"re2" searches a string', value)
    return pay(run, 2 * size * (value.length + 1)) ? compiled.test(value) : problems.tooCostly()
  }
}
