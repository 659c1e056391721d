/** A file we cannot read is somebody's data: it is moved out of the way, never overwritten. */
import { link, rm } from 'node:fs/promises';
import { codeOf } from './errors.js';

const MAX_KEPT = 100;

/** Renames to `<path>.corrupt`, `.corrupt-1`, …: the first name that is free. Returns where the file is now. */
export async function keepAside(path: string): Promise<string> {
  for (let n = 0; n < MAX_KEPT; n += 1) {
    const kept = n === 0 ? `${path}.corrupt` : `${path}.corrupt-${n}`;
    try {
      await link(path, kept); // unlike rename, fails when the name is taken
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue;
      throw error;
    }
    await rm(path);
    return kept;
  }
  throw new Error(`${path}: ${MAX_KEPT} damaged copies are already kept beside it; remove some`);
}
