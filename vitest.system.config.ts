import { defineConfig } from 'vitest/config';

// Needs root and network namespaces; started by scripts/test-system.mjs, which names what is missing.
export default defineConfig({
  test: {
    include: ['test/system/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    fileParallelism: false,
    pool: 'forks',
    disableConsoleIntercept: true, // the reported times in plain lines
  },
});
