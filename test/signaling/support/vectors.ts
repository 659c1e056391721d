import { readFileSync } from 'node:fs';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/signaling/${name}`, import.meta.url), 'utf8'));

/** Computed by the reference implementation of the protocol. */
export const vectors = read('vectors.json');
/** Texts tried against upstream's decoder. */
export const forms: { name: string; layer: string; json: string; decodes: boolean }[] = read('forms.json');
