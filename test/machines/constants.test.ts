import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lanTunables, relayTunables, tunables } from '../../machines/tunables.js';

/** The tables of the section "Constants": name → value. One value for several names holds for each of them. */
function published(): Record<string, unknown> {
  const docs = readFileSync(new URL('../../docs/engine.md', import.meta.url), 'utf8');
  const section = docs.split(/^## /m).find((text) => text.startsWith('Constants'))!;
  const found: Record<string, unknown> = {};
  for (const [, nameCell, valueCell] of section.matchAll(/^\| (`.+?`) \| ([\d.,]+.*?) \|/gm)) {
    const names = [...nameCell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
    const values = valueCell!.split(', ').map((value) => Number(value.replace(/,| .*/g, '')));
    for (const [n, name] of names.entries()) {
      found[name] = names.length === 1 && values.length > 1 ? values : values[values.length === 1 ? 0 : n];
    }
  }
  return found;
}

it('every constant of the machines has the value that docs/engine.md publishes', () => {
  expect(published()).toEqual({ ...tunables, ...relayTunables, ...lanTunables });
});
