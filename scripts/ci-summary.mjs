import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

/**
 * Adds up what the runners reported and prints the closing line of `.ci/run`.
 *
 * Each argument is `<what>=<exit code>=<report>`: a report of vitest (JSON), or of `--report` of our own programs. A runner that
 * left no report, or failed without a failed test in it, counts as one failure: silence is not success.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ fullName: string, status: string }} TestResult
 * @typedef {{ name: string, status: string, assertionResults: readonly TestResult[] }} TestFile
 */
/** @type {Counts} */
const total = { passed: 0, failed: 0, skipped: 0 }
for (const argument of process.argv.slice(2)) {
  const [what = '', code = '', report = ''] = argument.split('=')
  const counts = countsOf(report)
  if (code !== '0' && counts.failed === 0) {
    console.log(`${what} ended with exit code ${code}${existsSync(report) ? '' : ' and left no report'}`)
    counts.failed = 1
  }
  console.log(`${what}: ${toText(counts)}`)
  for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[key] += counts[key]
}
console.log(toText(total))
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1

/** @param {string} report @returns {Counts} */
function countsOf(report) {
  if (!existsSync(report)) return { passed: 0, failed: 0, skipped: 0 }
  /** @type {readonly { name: string, ok: boolean }[] | { testResults: readonly TestFile[] }} */
  const content = JSON.parse(readFileSync(report, 'utf8'))
  if (!('testResults' in content)) {
    const passed = content.filter((result) => result.ok).length
    return { passed, failed: content.length - passed, skipped: 0 }
  }
  const tests = content.testResults.flatMap(({ name: file, status, assertionResults }) => {
    const results = assertionResults.map((test) => ({ ...test, file }))
    // A file that did not even load has no test in it that could have failed.
    const isBroken = status === 'failed' && !results.some((test) => test.status === 'failed')
    return isBroken ? [...results, { fullName: '(the file itself)', status, file }] : results
  })
  const passed = tests.filter((test) => test.status === 'passed')
  const failed = tests.filter((test) => test.status === 'failed')
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')
  for (const test of [...failed, ...skipped]) {
    console.log(`${test.status}: ${relative(process.cwd(), test.file)} > ${test.fullName}`)
  }
  return { passed: passed.length, failed: failed.length, skipped: skipped.length }
}

/** @param {Counts} counts */
function toText({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
}
