import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRosterFile } from '../../src/daemon/roster-file.js';
import type { RosterEntry } from '../../src/mesh/roster.js';
import { readJsonLines } from '../support/jsonl.js';

const A = 'a'.repeat(52);
const B = 'b'.repeat(52);
const C = 'c'.repeat(52);

let folder: string;
let path: string;
let logged: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wakemesh-roster-'));
  path = join(folder, 'rosters', 'ros-net.json');
  logged = [];
});
afterEach(() => rm(folder, { recursive: true }));

function open() {
  const log = pino({}, { write: (line: string) => logged.push(line) });
  return openRosterFile({ path, networkId: 'ros-net', log, nowMs: () => 1_700_000_000_999 });
}

async function openWith(content: unknown) {
  await open(); // makes the folder
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return open();
}

describe('what upstream made of a file', () => {
  interface Recorded {
    case: string;
    input: unknown;
    roster_list: { roster: RosterEntry[] } | string;
  }
  const cases = readJsonLines<Recorded>('home/rosters.jsonl');
  // Two entries of one device, and a display id, are one bare device to us.
  const differs = ['duplicate entries', 'display id in roster'];

  it.each(cases.filter((recorded) => !differs.includes(recorded.case)))('$case', async ({ input, roster_list }) => {
    if (typeof roster_list === 'string') await expect(openWith(input)).rejects.toThrow(/version: 2 is not supported/);
    else expect((await openWith(input)).list()).toMatchObject(roster_list.roster);
  });

  it.each(cases.filter((recorded) => differs.includes(recorded.case)))('$case: one bare device', async ({ input }) => {
    expect((await openWith(input)).list().map((entry) => entry.device_id)).toEqual([C]);
  });
});

it('what cannot be read is kept aside before anything is written', async () => {
  const roster = await openWith('{oops');
  await roster.approve(B, 'new');
  expect(await readFile(`${path}.corrupt`, 'utf8')).toBe('{oops');
  expect(roster.list()).toHaveLength(1);
  expect(logged.join()).toContain('ros-net.json.corrupt');
});

it('the roster of another network is treated as empty and kept', async () => {
  const other = { version: 1, network_id: 'other', authorized_devices: [] };
  expect((await openWith(other)).list()).toEqual([]);
  expect(JSON.parse(await readFile(`${path}.corrupt`, 'utf8'))).toEqual(other);
});

it('an entry that names no device is left out and named', async () => {
  const entry = { device_id: 'not an id', label: '', approved_at: 1, role: 'member' };
  const roster = await openWith({ version: 1, network_id: 'ros-net', authorized_devices: [entry] });
  expect(roster.list()).toEqual([]);
  expect(logged.join()).toContain('not an id');
});

it('writes the form of upstream, private, and reads it back', async () => {
  const roster = await open();
  await roster.approve(`${A}-1A2B3`, 'Box');
  const entry = { device_id: A, label: 'Box', approved_at: 1_700_000_000, role: 'member' };
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
    version: 1,
    network_id: 'ros-net',
    authorized_devices: [entry],
  });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const again = await open();
  expect(again.list()).toEqual([entry]);
  expect(again.has(A)).toBe(true);
});

it("reads upstream's vectors and writes them to the letter", async () => {
  const read = (name: string) =>
    JSON.parse(readFileSync(new URL(`../fixtures/protocol/${name}.json`, import.meta.url), 'utf8'));
  const { compact, pretty } = read('wire').roster_file as Record<string, string>;
  const forms = (read('frames').entries as { layer: string; json: string; reencoded?: string }[]).filter(
    ({ layer }) => layer === 'roster_file',
  );
  const vectors = [
    [compact!, pretty!],
    ...forms.map(({ json, reencoded }) => [json, JSON.stringify(JSON.parse(reencoded ?? json), null, 2)] as const),
  ];
  expect(vectors).toHaveLength(3);
  for (const [input, output] of vectors) {
    const named = (text: string) => text.replace(/"(peer1|d)"/, `"${A}"`).replace(/"(net-a|n)"/, '"ros-net"');
    const roster = await openWith(named(input!));
    const { label } = roster.list()[0]!;
    await roster.approve(A, 'something else');
    await roster.approve(A, label);
    expect(await readFile(path, 'utf8')).toBe(`${named(output!)}\n`);
  }
});

it('approving again changes the label alone; removing takes the device off', async () => {
  const entry = { device_id: C, label: 'Cee', approved_at: 5, role: 'owner', extra: 1 };
  const roster = await openWith({ version: 1, network_id: 'ros-net', authorized_devices: [entry] });
  await roster.approve(C, 'New');
  expect((await open()).list()).toEqual([{ ...entry, label: 'New' }]);
  await roster.remove(`${C}-ABCDE`);
  expect((await open()).list()).toEqual([]);
});

it('refuses what is no device id', async () => {
  const roster = await open();
  await expect(roster.approve('', 'x')).rejects.toMatchObject({ code: 'bad-device-id' });
  await expect(roster.approve('A'.repeat(52), 'x')).rejects.toMatchObject({ code: 'bad-device-id' });
});

it('changes made at once all reach the file, in order', async () => {
  const roster = await open();
  const ids = [...'abcdefgh'].map((letter) => letter.repeat(52));
  await Promise.all(ids.map((id) => roster.approve(id, id[0] as string)));
  expect((await open()).list().map((entry) => entry.device_id)).toEqual(ids);
  expect(await readdir(join(folder, 'rosters'))).toEqual(['ros-net.json']);
});
