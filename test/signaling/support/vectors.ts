import { readFileSync } from 'node:fs';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8'));

/** Computed by the reference implementation of the protocol. */
export const vectors = read('signaling/vectors.json');
/** Texts tried against upstream's decoder. */
export const forms: { name: string; layer: string; json: string; decodes: boolean }[] = read('signaling/forms.json');
/** The same for what is not signaling alone. */
export const wireVectors = read('protocol/wire.json');
