import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import type { FilterIssue } from '../filter-error.ts'

/** A node as cel-js reads it, before we know whether it is allowed. */
export type SyntaxNode = ASTNode

/** Only the grammar is taken from it: what names, functions and types there are is ours to say (decision 0006). */
const grammar = new Environment()

/** Reads CEL. What is no CEL comes back as an issue; cel-js stops at the first. */
export function parseExpression(text: string): { readonly syntax: SyntaxNode } | { readonly issue: FilterIssue } {
  try {
    return { syntax: grammar.parse(text).ast }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    return { issue: { message: wordingOf(error), position: Math.min(error.range?.start ?? 0, text.length) } }
  }
}

const tokens: Readonly<Record<string, string>> = {
  EOF: 'the end',
  NUMBER: 'a number',
  STRING: 'a string',
  BYTES: 'bytes',
  BOOLEAN: 'true or false',
  NULL: 'null',
  IDENTIFIER: 'a name',
  PLUS: '"+"',
  MINUS: '"-"',
  MULTIPLY: '"*"',
  DIVIDE: '"/"',
  MODULO: '"%"',
  EQ: '"=="',
  NE: '"!="',
  LT: '"<"',
  LE: '"<="',
  GT: '">"',
  GE: '">="',
  AND: '"&&"',
  OR: '"||"',
  NOT: '"!"',
  IN: '"in"',
  LPAREN: '"("',
  RPAREN: '")"',
  LBRACKET: '"["',
  RBRACKET: '"]"',
  LBRACE: '"{"',
  RBRACE: '"}"',
  DOT: '"."',
  COMMA: '","',
  COLON: '":"',
  QUESTION: '"?"',
}

function tokenName(token = ''): string {
  return tokens[token] ?? token
}

function wordingOf({ code, summary }: ParseError): string {
  const [, expected, got] = /^Expected (\w+), got (\w+)$/.exec(summary) ?? []
  if (got !== undefined) {
    const key = expected === 'IDENTIFIER' ? ' (a key of that name is read as ["…"])' : ''
    return `${tokenName(expected)} is expected here, not ${tokenName(got)}${key}`
  }
  const [, unexpected] = /^Unexpected token: (\w+)$/.exec(summary) ?? []
  if (unexpected !== undefined) return `a value is expected here, not ${tokenName(unexpected)}`
  if (code === 'unexpected_character') {
    const [, character = ''] = /^Unexpected character: '?([^]*?)'?$/.exec(summary) ?? []
    const remedy = { '=': '; equality is "=="', '&': '; both is "&&"', '|': '; either is "||"' }[character]
    return `this cannot stand here${remedy ?? ''}`
  }
  if (code === 'limit_exceeded') return 'is nested too deep'
  if (code === 'invalid_macro_argument')
    return 'the first argument is the name of a variable, such as list.exists(item, item > 1)'
  return summary.charAt(0).toLowerCase() + summary.slice(1)
}
