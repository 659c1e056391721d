import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Who kills most and costs least comes first: a mutant is done with when one test has failed. */
const FIRST = ['bare-charts', 'rows'].map((name) => `/test/machines/${name}.test.ts`);

class KillersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => FIRST.findLastIndex((name) => moduleId.endsWith(name));
    return [...files].sort((a, b) => rank(b) - rank(a));
  }
}

// For `npm run mutants`: what takes long stays out.
export default defineConfig({
  test: {
    include: ['test/machines/**/*.test.ts'],
    exclude: ['test/machines/model/**', 'test/machines/handpicked.test.ts'],
    sequence: { sequencer: KillersFirst },
  },
});
