import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Tests run from source: no build stands between a change and its test.
const conditions = ['@ledgerbus/source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@ledgerbus/source'] } },
  // Where Vitest runs global set-ups.
  environments: { __vitest__: { resolve: { conditions } } },
  test: {
    // Of two cores Vitest would use one, and most tests wait for servers.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', '{bench,chaos}/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/*.types.test.ts', '**/*.int.test.ts', '**/node_modules/**'],
          typecheck: {
            enabled: true,
            include: ['packages/*/src/**/*.types.test.ts'],
            tsconfig: './tsconfig.types.json',
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: [
            '{packages,examples}/*/test/**/*.int.test.ts',
            'chaos/test/**/*.int.test.ts',
            'scripts/**/*.int.test.ts',
          ],
          // One stack for all files; without one they are skipped aloud, and under CI=true they fail.
          globalSetup: ['packages/testkit/src/stack/vitest-global-setup.ts'],
          runner: './packages/testkit/src/stack/vitest-runner.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
