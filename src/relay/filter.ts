/** NIP-01 filters, as upstream's relay reads them: unknown keys and `limit` are ignored, tag values are any text. */
import type { NostrEvent } from '../signaling/nostr-event.js';

export type Filter = (event: NostrEvent) => boolean;

/** Any of the filters; none at all matches everything. */
export function compileFilters(filters: readonly unknown[]): Filter {
  const compiled = filters.map(compileFilter);
  return compiled.length === 0 ? () => true : (event) => compiled.some((matches) => matches(event));
}

function compileFilter(filter: unknown): Filter {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) return () => false;
  const conditions = Object.entries(filter).flatMap(([key, value]) => condition(key, value) ?? []);
  return (event) => conditions.every((holds) => holds(event));
}

function condition(key: string, value: unknown): Filter | undefined {
  switch (key) {
    case 'ids':
      return oneOf(value, (event) => event.id);
    case 'authors':
      return oneOf(value, (event) => event.pubkey);
    case 'kinds':
      return oneOf(value, (event) => event.kind);
    case 'since':
      return Number.isInteger(value) ? (event) => event.created_at >= (value as number) : undefined;
    case 'until':
      return Number.isInteger(value) ? (event) => event.created_at <= (value as number) : undefined;
  }
  const name = /^#(.)$/u.exec(key)?.[1];
  if (name === undefined) return undefined;
  const wanted = listed(value);
  return (event) => event.tags.some((tag) => tag[0] === name && wanted.has(tag[1]));
}

function oneOf(value: unknown, field: (event: NostrEvent) => string | number): Filter {
  const wanted = listed(value);
  return (event) => wanted.has(field(event));
}

function listed(value: unknown): Set<unknown> {
  return new Set(Array.isArray(value) ? value : []);
}
