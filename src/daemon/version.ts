import { createRequire } from 'node:module';

/** From package.json by the package's own name: the same from the sources and from dist. */
export const VERSION: string = createRequire(import.meta.url)('wakemesh/package.json').version;
