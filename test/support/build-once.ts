import { execFileSync } from 'node:child_process';

/** End-to-end tests start the program as a user does, from `dist`: build it once before any test runs. */
export function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
}
