/** The page as it ships: what it weighs, and that it needs nothing that a strict policy forbids. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../dist/console/', import.meta.url));
const html = readFileSync(`${FOLDER}index.html`, 'utf8');
const assets = readdirSync(`${FOLDER}assets`);
const read = (name: string) => readFileSync(`${FOLDER}assets/${name}`);

it('weighs less than 100 kB without ELK, which nothing asks for before a chart is looked at', () => {
  const first = assets.filter((name) => !name.startsWith('elk'));
  const bytes = [gzipSync(html), ...first.map((name) => gzipSync(read(name)))].reduce(
    (sum, { length }) => sum + length,
    0,
  );
  expect(bytes).toBeLessThan(100_000);
  expect(html).not.toContain('elk');
});

it('has no script and no style in its HTML, and names no other host', () => {
  expect(html).not.toMatch(/<style|style=|\son\w+=/);
  for (const [, attributes, body] of html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
    expect(attributes).toMatch(/src="\.\/assets\//);
    expect(body).toBe('');
  }
  const own = [html, ...assets.filter((name) => !name.startsWith('elk-worker')).map((name) => read(name).toString())];
  const hosts = new Set([...own.join('\n').matchAll(/\b(?:https?|wss?):\/\/([\w.-]+)/g)].map(([, host]) => host));
  // The name of a vocabulary, that of a schema dialect, and a hint in the text of an error: nobody fetches them.
  expect([...hosts].sort()).toEqual(['json-schema.org', 'rolldown.rs', 'www.w3.org']);
});
