/** The device key on disk: `<home>/.secrets/identity.json`, the same file in the same form as upstream's. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Runtime } from '../runtime.js';
import { writeFileAtomic } from './atomic-file.js';
import { decodeBase32, encodeBase32 } from './base32.js';
import type { Identity } from './identity.js';
import { identityFromSeed, SEED_BYTES } from './keys.js';

const text = z.string('must be a text');
const fileSchema = z.object(
  { version: z.literal(1, 'must be 1'), created_at: text, secret_key: text, public_key: text, label: text },
  'must be an object',
);

export function identityPath(home: string): string {
  return join(home, '.secrets', 'identity.json');
}

/**
 * The identity kept in this home, made on the first start. A file that cannot be used is an error that names the field,
 * and is left as it is: a new key in its place would be a stranger to every roster.
 */
export async function loadOrCreateIdentity(
  home: string,
  runtime: Pick<Runtime, 'clocks' | 'randomBytes'>,
): Promise<Identity> {
  const path = identityPath(home);
  const content = await readIfPresent(path);
  return content === undefined ? createIdentity(home, runtime) : parseIdentity(path, content);
}

async function createIdentity(home: string, runtime: Pick<Runtime, 'clocks' | 'randomBytes'>): Promise<Identity> {
  const seed = runtime.randomBytes(SEED_BYTES);
  const identity = identityFromSeed(seed, '');
  const content = {
    version: 1,
    created_at: `@${Math.floor(runtime.clocks().wallMs / 1000)}`,
    secret_key: encodeBase32(seed),
    public_key: identity.deviceId,
    label: identity.label,
  };
  const path = identityPath(home);
  await mkdir(home, { recursive: true }); // on its own: the mode below is for the secrets only
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFileAtomic(path, JSON.stringify(content, null, 2), 0o600);
  return identity;
}

function parseIdentity(path: string, content: string): Identity {
  const result = fileSchema.safeParse(parseJson(path, content));
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw unusable(path, `${issue.path.join('.') || 'the content'} ${issue.message}`);
  }
  const { secret_key, public_key, label } = result.data;
  const seed = decodeBase32(secret_key, SEED_BYTES);
  if (!seed) throw unusable(path, 'secret_key must be 52 letters of base32 without padding');
  const identity = identityFromSeed(seed, label);
  // Upstream believes public_key: it would announce an id for which it can prove nothing.
  if (identity.deviceId !== public_key) throw unusable(path, 'public_key does not belong to secret_key');
  return identity;
}

function parseJson(path: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw unusable(path, 'it is not JSON'); // the parser's own message would quote the secret
  }
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Error(`cannot read the identity file ${path}: ${code}`);
  }
}

function unusable(path: string, what: string): Error {
  return new Error(
    `identity file ${path}: ${what}; restore it from a backup, or move it away to start as a new device`,
  );
}
