/** The forms of everything that one side said in any recording. */
import type { Side } from '../protocol/recording.js';
import { readConversation } from './conversation.js';
import { masked } from './mask.js';

export function formsSaid(us: Side, names: readonly string[]): Forms {
  const known = new Set<string>();
  for (const name of names) {
    const { said, identities } = readConversation(name);
    const sides = { [identities.daemon.deviceId]: 'daemon', [identities.client.deviceId]: 'client' };
    for (const { by, via, text } of said) {
      if (by === us) known.add(outline(masked(via === 'relay' ? JSON.parse(text).content : text, sides)));
    }
  }
  return { has: (text) => known.has(outline(text)) };
}

export interface Forms {
  has(text: string): boolean;
}

/** Without what depends on the course of things: proofs, counts, payloads, and whom a word is for. */
const outline = (text: string) =>
  text
    .replaceAll(/"signature":"[a-z2-7]{103}"/g, '"signature":"…"')
    .replaceAll(/"(count|up_to|seq|stream)":("[^"]*"|\d+)/g, '"$1":"…"')
    .replaceAll(/"label":"[^"]*"/g, '"label":"…"');
