import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeBase32 } from '../../src/identity/base32.js';
import { identityPath, loadOrCreateIdentity } from '../../src/identity/identity-file.js';
import { identityFromSeed, verifySignature } from '../../src/identity/keys.js';
import { systemRuntime } from '../../src/runtime.js';

interface RecordedFile {
  case: string;
  input: string;
  /** What the daemon made of it; absent when it did not start. */
  identity_show?: { pubkey: string; label: string };
}

const readFixture = (path: string) => readFileSync(new URL(`../fixtures/${path}`, import.meta.url), 'utf8');
const recorded: RecordedFile[] = readFixture('recordings/home/identity.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
/** Our one difference: upstream believes a public_key that is not the seed's. */
const accepted = recorded.filter((file) => file.identity_show && file.case !== 'public_key of another device');
const refused = recorded.filter((file) => !accepted.includes(file));

let home: string;
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'wakemesh-identity-')), 'home');
});
afterEach(() => {
  rmSync(dirname(home), { recursive: true });
});

const runtime = systemRuntime();
const load = () => loadOrCreateIdentity(home, runtime);
const put = (text: string) => {
  mkdirSync(dirname(identityPath(home)), { recursive: true });
  writeFileSync(identityPath(home), text);
};
const onDisk = () => readFileSync(identityPath(home), 'utf8');
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('first start', () => {
  test("writes upstream's file, byte for byte, for the same seed and second", async () => {
    const { identities, identity_file } = JSON.parse(readFixture('protocol/wire.json'));
    const identity = await loadOrCreateIdentity(home, {
      clocks: () => ({ monoMs: 0, wallMs: 1_700_000_000_999, bootMs: 0 }),
      randomBytes: () => decodeBase32(identities.S.seed_b32, 32)!,
    });
    expect(onDisk()).toBe(identity_file.pretty_json);
    expect(identity.deviceId).toBe(identities.S.device_id);
  });

  test('nobody else can read it, whatever the umask, and no temporary file stays', async () => {
    const umask = process.umask(0);
    try {
      await load();
    } finally {
      process.umask(umask);
    }
    expect(modeOf(dirname(identityPath(home)))).toBe('700');
    expect(modeOf(identityPath(home))).toBe('600');
    expect(existsSync(`${identityPath(home)}.tmp`)).toBe(false);
  });

  test('a temporary file left by a crash is in nobody’s way', async () => {
    put('');
    rmSync(identityPath(home));
    writeFileSync(`${identityPath(home)}.tmp`, 'half a f', { mode: 0o666 });
    const { deviceId } = await load();
    expect((await load()).deviceId).toBe(deviceId);
    expect(modeOf(identityPath(home))).toBe('600');
  });

  test('the second start is the same device', async () => {
    const first = await load();
    const second = await load();
    expect(second.deviceId).toBe(first.deviceId);
    expect(verifySignature(first.deviceId, 'text', second.sign('text'))).toBe(true);
  });
});

describe('files tried against v0.3.8', () => {
  test.each(accepted)('takes: $case', async ({ input, identity_show }) => {
    put(input);
    const identity = await load();
    expect(identity).toMatchObject({ deviceId: identity_show!.pubkey, label: identity_show!.label });
    expect(onDisk()).toBe(input);
  });

  test.each(refused)('refuses and keeps: $case', async ({ input, case: name }) => {
    put(input);
    const field = name.startsWith('secret') ? 'secret_key' : name.split(' ')[0]!;
    await expect(load()).rejects.toThrow(new RegExp(`identity\\.json: ${field} `));
    expect(onDisk()).toBe(input);
  });
});

describe('a broken file', () => {
  const whole = JSON.parse(recorded[0]!.input);

  test.each([
    ['empty', '', 'it is not JSON'],
    ['cut short', recorded[0]!.input.slice(0, 150), 'it is not JSON'],
    ['a byte order mark', `\ufeff${recorded[0]!.input}`, 'it is not JSON'],
    ['no object', '[]', 'the content must be an object'],
    ['a short key', JSON.stringify({ ...whole, secret_key: whole.secret_key.slice(1) }), 'secret_key must be'],
  ])('%s: says so in one line, without the secret, and keeps it', async (_, text, message) => {
    put(text);
    const error = (await load().catch((caught) => caught)) as Error;
    expect(error.message).toContain(`${identityPath(home)}: ${message}`);
    expect(error.message).not.toContain('\n');
    expect(error.message).not.toContain(whole.secret_key.slice(0, 20));
    expect(error.cause).toBeUndefined();
    expect(onDisk()).toBe(text);
  });

  test('a file that cannot be read is not taken for a missing one', async () => {
    mkdirSync(identityPath(home), { recursive: true });
    await expect(load()).rejects.toThrow(/cannot read the identity file .*: EISDIR/);
  });
});

test('the recorded seed gives the recorded device', () => {
  const { secret_key, public_key } = JSON.parse(recorded[0]!.input);
  expect(identityFromSeed(decodeBase32(secret_key, 32)!, '').deviceId).toBe(public_key);
});
