import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../workspace/root.ts'

export interface CodesInSource {
  /** Codes an error is given, with the files that give them. */
  readonly given: ReadonlyMap<string, readonly string[]>
  /** Every string that looks like a code, wherever it stands: a table, a union, a comparison. */
  readonly mentioned: ReadonlySet<string>
}

const shapeOfACode = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/
/** Codes of Node and of the tools are compared with, never given. */
const foreign = /^(ERR|UV|DEPTH_ZERO|UNABLE_TO|SELF_SIGNED|CERT)_/

/** Reads the sources of every published package, tests left out. */
export function readCodesInSource(): CodesInSource {
  const files = globSync('packages/*/src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  return codesIn(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
}

/** The codes in the given sources, by path and text. */
export function codesIn(sources: readonly (readonly [path: string, text: string])[]): CodesInSource {
  const given = new Map<string, string[]>()
  const mentioned = new Set<string>()
  for (const [path, text] of sources) {
    visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true), (literal) => {
      if (!shapeOfACode.test(literal.text) || foreign.test(literal.text)) return
      mentioned.add(literal.text)
      if (isGiven(literal)) given.set(literal.text, [...(given.get(literal.text) ?? []), path])
    })
  }
  return { given, mentioned }
}

function visit(node: ts.Node, use: (literal: ts.StringLiteralLike) => void): void {
  if (ts.isStringLiteralLike(node)) use(node)
  ts.forEachChild(node, (child) => {
    visit(child, use)
  })
}

/** Whether the literal ends up in a property, variable or parameter named `code`, or in a type named `…Code`. */
function isGiven(literal: ts.Node): boolean {
  let value = literal
  while (passesItsValueOn(value.parent)) value = value.parent
  const { parent } = value
  if (ts.isPropertyAssignment(parent)) return parent.initializer === value && isCodeName(parent.name)
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isPropertyDeclaration(parent))
    return isCodeName(parent.name)
  if (ts.isPropertySignature(parent)) return isCodeName(parent.name)
  return ts.isTypeAliasDeclaration(parent) && parent.name.text.endsWith('Code')
}

function passesItsValueOn(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node)) return node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken
  return (
    ts.isConditionalExpression(node) ||
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isLiteralTypeNode(node) ||
    ts.isUnionTypeNode(node)
  )
}

function isCodeName(name: ts.Node): boolean {
  return ts.isIdentifier(name) && (name.text === 'code' || name.text.endsWith('Code'))
}
