/** The device's name lives in the identity file; changing it must not cost the key beside it. */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../identity/atomic-file.js';
import type { Identity } from '../identity/identity.js';
import { codeOf, DaemonError } from './errors.js';

/** Throws `DaemonError` when there is no identity yet. The file has been checked by whoever loaded the identity. */
export async function saveLabel(path: string, label: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new DaemonError(`no identity at ${path} yet; \`identity show\` makes one`);
    throw error;
  }
  const content = { ...(JSON.parse(text) as object), label };
  await writeFileAtomic(path, JSON.stringify(content, null, 2), 0o600);
}

export interface NamedIdentity extends Identity {
  /** The next handshake tells the new name. */
  rename(label: string): void;
}

export function namedIdentity(identity: Identity): NamedIdentity {
  let { label } = identity;
  return {
    deviceId: identity.deviceId,
    get label() {
      return label;
    },
    sign: (text) => identity.sign(text),
    rename(next) {
      label = next;
    },
  };
}
