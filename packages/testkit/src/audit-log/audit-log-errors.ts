import { TestkitError } from '../errors/testkit-error.ts'

/** The errors the in-memory audit log answers with: the codes of the audit log port, the same as a real one's. */

export function cursorInvalid(why: string): TestkitError {
  return new TestkitError(`the cursor cannot be used: ${why}; begin again without it`, { code: 'AUDIT_CURSOR_INVALID' })
}

export function selectionInvalid(problems: readonly string[], cause?: unknown): TestkitError {
  return new TestkitError(`the selection cannot be asked: ${problems.join('; ')}`, {
    code: 'AUDIT_SELECTION_INVALID',
    cause,
  })
}

export function rangeInvalid(where: string, problem: string): TestkitError {
  return new TestkitError(`storing ${where}: ${problem}`, { code: 'AUDIT_RANGE_INVALID' })
}

export function logClosed(): TestkitError {
  return new TestkitError('the audit log is closed', { code: 'AUDIT_LOG_CLOSED' })
}

export function logUnreachable(): TestkitError {
  return new TestkitError('the in-memory audit log is down; bring it back with controls.comeBack()', {
    code: 'AUDIT_LOG_UNREACHABLE',
    retriable: true,
  })
}

export function noAnswer(where: string, cause: unknown): TestkitError {
  return new TestkitError(`storing ${where}: the caller stopped waiting; it may be stored`, {
    code: 'AUDIT_LOG_NO_ANSWER',
    outcome: 'unknown',
    retriable: true,
    cause,
  })
}

export function exportUnsupported(format: string): TestkitError {
  return selectionInvalid([`the in-memory audit log exports jsonl only; ${format} is made by ClickHouse`])
}
