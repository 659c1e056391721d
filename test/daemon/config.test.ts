import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, readConfig, saveConfig } from '../../src/daemon/config.js';
import { readJsonLines } from '../support/jsonl.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wakemesh-config-'));
  path = join(folder, 'config.json');
});
afterEach(() => rm(folder, { recursive: true }));

async function load(content: unknown) {
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return loadConfig(path);
}

describe('what upstream made of a file', () => {
  const cases = readJsonLines<{ case: string; input: string; config_show: object }>('home/config.jsonl');
  const taken = [
    'empty object',
    'NanoKVM form: daemon section only',
    'unknown keys at every level',
    'turn entry without credentials',
    'wire id in upper case',
    'two entries, same wire id',
    'two entries, same config id',
  ];
  it.each(cases.filter((recorded) => taken.includes(recorded.case)))('$case', async ({ input, config_show }) => {
    const { config, problems } = await load(input);
    expect(config).toMatchObject(config_show);
    expect(problems).toEqual([]);
  });

  const broken = ['comment and trailing comma', 'byte order mark'];
  it.each(cases.filter((recorded) => broken.includes(recorded.case)))('$case: kept aside', async ({ input }) => {
    const { config, problems } = await load(input);
    expect(config.networks).toEqual([]);
    expect(problems).toEqual([expect.stringContaining('config.json.corrupt')]);
    expect(await readFile(`${path}.corrupt`, 'utf8')).toBe(input);
  });
});

it('a missing file means defaults, and none is written', async () => {
  const { config, problems } = await loadConfig(path);
  expect(config).toMatchObject({ version: 3, networks: [], daemon: { log_level: 'info' } });
  expect(problems).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

it('prints the keys in the order of upstream', async () => {
  const { config } = await load({ networks: [{ network_id: 'abc', id: 'n' }] });
  expect(Object.keys(config)).toEqual([
    'version',
    'identity_path',
    'auto_update',
    'auto_cleanup',
    'daemon',
    'services',
    'networks',
  ]);
  expect(Object.keys(config.networks[0]!).slice(0, 4)).toEqual(['id', 'network_id', 'label', 'kind']);
});

it('an earlier kept copy is never overwritten', async () => {
  for (const content of ['{first', '{second', '{third']) await load(content);
  expect((await readdir(folder)).sort()).toEqual([
    'config.json.corrupt',
    'config.json.corrupt-1',
    'config.json.corrupt-2',
  ]);
  expect(await readFile(`${path}.corrupt`, 'utf8')).toBe('{first');
  expect(await readFile(`${path}.corrupt-2`, 'utf8')).toBe('{third');
});

it('only reading leaves a broken file in its place', async () => {
  await writeFile(path, '{oops');
  expect((await readConfig(path)).broken).toMatch(/JSON/);
  expect(await readdir(folder)).toEqual(['config.json']);
});

describe('one bad value costs that value', () => {
  it('a network entry is left out alone and named', async () => {
    const good = { id: 'a', network_id: 'net-a' };
    const { config, problems } = await load({ networks: [good, { id: 'b', network_id: 7 }, { id: 'c' }] });
    expect(config.networks.map(({ id }) => id)).toEqual(['a']);
    expect(problems).toEqual([
      'config.json: networks[1].network_id: expected string, received number; this network is not joined',
      'config.json: networks[2].network_id: expected string, received undefined; this network is not joined',
    ]);
  });

  it.each([
    [{ services: { signaling: { port: 70_000 } } }, 'config.json: services.signaling.port: '],
    [{ daemon: { log_level: 3 } }, 'config.json: daemon.log_level: expected string, received number'],
    [{ networks: null }, 'config.json: networks: expected array'],
    [{ auto_update: null }, 'config.json: auto_update: expected object, received null'],
    [
      { networks: [{ id: 'n', network_id: 'abc', stun_servers: [{ urls: 'stun:h' }] }] },
      'config.json: networks[0].stun_servers[0].urls: expected array, received string',
    ],
  ])('%j', async (document, problem) => {
    const { config, problems } = await load({ identity_path: '/kept', ...document });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
    expect(config.identity_path).toBe('/kept');
  });
});

it('a file of a newer version is an error that says so, and stays', async () => {
  await expect(load({ version: 4 })).rejects.toThrow(/config\.json: version: 4 is from a newer program/);
  expect(await readdir(folder)).toEqual(['config.json']);
});

it('saving an edited document keeps unknown keys and rejected values', async () => {
  const written = { future: { a: 1 }, networks: [{ id: 'bad' }, { id: 'n', network_id: 'abc', foo: 'bar' }] };
  const { document } = await load(written);
  await saveConfig(path, { ...document, version: 3 });
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ ...written, version: 3 });
});
