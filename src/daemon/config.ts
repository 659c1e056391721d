/** Reads and writes config.json. One bad value costs that value, never the rest of the file. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { writeFileAtomic } from '../identity/atomic-file.js';
import { CONFIG_VERSION, type Config, type NetworkConfig, networkSchema, sections } from './config-schema.js';
import { codeOf, DaemonError, messageOf } from './errors.js';
import { keepAside } from './keep-aside.js';

type Json = Record<string, unknown>;

export interface LoadedConfig {
  /** What is in force: defaults filled in, rejected values left out. */
  config: Config;
  /** What the file says, rejected values included: edit and save this one, and nothing of the user's is lost. */
  document: Json;
  /** One line for each value that was rejected, naming its field. */
  problems: string[];
  /** Why the file as a whole could not be used. */
  broken?: string;
}

/**
 * A missing file means defaults, and so does one that is no JSON object: `broken`, still in its place. Throws
 * `DaemonError` when it cannot be read or comes from a newer version: guessing at it could lose what it says.
 */
export async function readConfig(path: string): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return readDocument({});
    throw new DaemonError(`config.json: cannot read ${path}: ${messageOf(error)}`);
  }
  try {
    const document: unknown = JSON.parse(text);
    if (isObject(document)) return readDocument(document);
    return { ...readDocument({}), broken: 'expected a JSON object' };
  } catch (error) {
    if (error instanceof SyntaxError) return { ...readDocument({}), broken: messageOf(error) };
    throw error;
  }
}

/** For whoever may write the file later: a broken one is first kept aside. */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const loaded = await readConfig(path);
  if (loaded.broken === undefined) return loaded;
  const problem = `config.json: ${loaded.broken}; kept as ${await keepAside(path)}, starting from defaults`;
  return { ...loaded, problems: [problem] };
}

export async function saveConfig(path: string, document: Json): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(document, null, 2)}\n`, 0o600);
}

function readDocument(document: Json): LoadedConfig {
  const problems: string[] = [];
  const version = document.version ?? CONFIG_VERSION;
  if (typeof version === 'number' && version > CONFIG_VERSION) {
    throw new DaemonError(
      `config.json: version: ${version} is from a newer program (this one reads up to ${CONFIG_VERSION}); update it`,
    );
  }
  const { networks, ...rest } = document;
  const read = <S extends z.ZodType>(key: string, schema: S): z.output<S> => {
    const parsed = schema.safeParse(rest[key]);
    if (parsed.success) return parsed.data;
    problems.push(`${describe(key, parsed.error)}; using the defaults of ${key}`);
    return schema.parse(undefined);
  };
  const config: Config = {
    version: CONFIG_VERSION,
    identity_path: read('identity_path', sections.identity_path),
    auto_update: read('auto_update', sections.auto_update),
    auto_cleanup: read('auto_cleanup', sections.auto_cleanup),
    daemon: read('daemon', sections.daemon),
    services: read('services', sections.services),
    networks: readNetworks(networks, problems),
  };
  return { config: { ...rest, ...config }, document, problems };
}

function readNetworks(value: unknown, problems: string[]): NetworkConfig[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.push('config.json: networks: expected array; no network is joined');
    return [];
  }
  return value.flatMap((entry, index) => {
    const parsed = networkSchema.safeParse(entry);
    if (parsed.success) return [parsed.data];
    problems.push(`${describe(`networks[${index}]`, parsed.error)}; this network is not joined`);
    return [];
  });
}

/** `config.json: networks[1].network_id: expected string, received undefined` */
function describe(place: string, error: z.ZodError): string {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `config.json: ${place}${path}: ${(issue?.message ?? 'invalid').replace(/^Invalid (input|option): /, '')}`;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
