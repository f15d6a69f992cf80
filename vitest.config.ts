import { defineConfig } from 'vitest/config'

// Tests run from source: no build stands between a change and its test.
const conditions = ['@ledgerbus/source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@ledgerbus/source'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'bench/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/*.types.test.ts', '**/node_modules/**'],
          typecheck: { enabled: true, include: ['packages/*/src/**/*.types.test.ts'], tsconfig: './tsconfig.types.json' },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['packages/*/test/**/*.int.test.ts', 'examples/*/test/**/*.int.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
