import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/machines/**/*.test.ts'],
    exclude: [
      'test/machines/peer-paths.test.ts',
      'test/machines/peer-walks.test.ts',
      'test/machines/node-paths.test.ts',
      'test/machines/relay-paths.test.ts',
      'test/machines/handpicked.test.ts',
    ],
  },
});
