/** Files that are either the old text or the new one, whatever is switched off in between. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces the file by a synced sibling `<path>.tmp`; resolves when the change is durable. `mode` holds whatever the
 * umask. One writer per path at a time: two would share the sibling. Rejects with the file system's error.
 */
export async function writeFileAtomic(path: string, text: string, mode: number): Promise<void> {
  const sibling = `${path}.tmp`;
  try {
    await writeSynced(sibling, text, mode);
    await rename(sibling, path);
  } catch (error) {
    await rm(sibling, { force: true }).catch(() => {}); // the first error is the one worth telling
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeSynced(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'w', mode);
  try {
    await file.chmod(mode); // before the text: a sibling left by a crash keeps its old mode, the umask cuts a new one
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Best effort: some file systems cannot sync a folder, and the rename has been made anyway. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {}
}
