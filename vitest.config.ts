import { defineConfig } from 'vitest/config';

// Real sockets and real processes: few workers, so that two cores are enough, and a generous bound that only ends hangs.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/system/**'],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    pool: 'forks',
  },
});
