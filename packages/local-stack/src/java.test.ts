import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findJava, majorOf, parseJavaVersion } from './java.ts'

const homes: string[] = []

/** A JAVA_HOME whose `java` prints this and exits so. */
async function aJavaHome(output: string, exitCode = 0): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'ledgerbus-java-'))
  homes.push(home)
  await mkdir(join(home, 'bin'))
  await writeFile(join(home, 'bin', 'java'), `#!/bin/sh\necho '${output}' >&2\nexit ${exitCode}\n`)
  await chmod(join(home, 'bin', 'java'), 0o755)
  return home
}

afterEach(async () => {
  await Promise.all(homes.splice(0).map((home) => rm(home, { recursive: true })))
})

describe('the Java version', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', '17.0.15', 17],
    ['openjdk version "21-ea" 2023-09-19', '21-ea', 21],
    ['java version "1.8.0_392"', '1.8.0_392', 8],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "24" 2025-03-18', '24', 24],
  ])('is read from what Java prints: %j', (output, version, major) => {
    expect(parseJavaVersion(output)).toBe(version)
    expect(majorOf(version)).toBe(major)
  })

  it('is not guessed from other output', () => {
    expect(parseJavaVersion('The operation could not be completed')).toBeUndefined()
  })
})

describe('looking for Java', () => {
  it('takes the one in JAVA_HOME', async () => {
    const home = await aJavaHome('openjdk version "17.0.2"')
    expect(await findJava({ JAVA_HOME: home })).toEqual({ command: join(home, 'bin', 'java'), version: '17.0.2' })
  })

  it('refuses one that is too old, naming it and what to install', async () => {
    const home = await aJavaHome('openjdk version "11.0.2"')
    await expect(findJava({ JAVA_HOME: home })).rejects.toMatchObject({
      code: 'STACK_JAVA_TOO_OLD',
      message: expect.stringMatching(/11\.0\.2.*Java 17/),
    })
  })

  it('takes a `java` that only explains where to get one for no Java', async () => {
    const home = await aJavaHome('Unable to locate a Java Runtime', 1)
    await expect(findJava({ JAVA_HOME: home })).rejects.toMatchObject({ code: 'STACK_JAVA_MISSING' })
  })

  it('says so when there is none on the path', async () => {
    await expect(findJava({ PATH: '/nowhere' })).rejects.toMatchObject({ code: 'STACK_JAVA_MISSING' })
  })
})
