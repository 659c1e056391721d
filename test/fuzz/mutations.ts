/** What is well formed, with something wrong: text with pieces cut out and put in, JSON with other values in its places. */
import fc from 'fast-check';

type Mutate = (text: string) => string;
/** Where, as a share of the whole. */
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const pieces = fc.oneof(
  fc.constantFrom(
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\\',
    '\\u',
    '\\ud800',
    '\u0000',
    '\ufeff',
    '\r\n',
    '\n',
    ' ',
    '-',
  ),
  fc.constantFrom('0', '9'.repeat(25), '1e999', '0.5', 'null', 'true', '{"a":', '['.repeat(200), 'x'.repeat(5_000)),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

const splice: fc.Arbitrary<Mutate> = fc.tuple(place, fc.nat(12), pieces).map(([at, cut, piece]) => (text) => {
  const start = Math.floor(at * (text.length + 1));
  return text.slice(0, start) + piece + text.slice(start + cut);
});

const double: fc.Arbitrary<Mutate> = fc.tuple(place, fc.nat(200)).map(([at, length]) => (text) => {
  const start = Math.floor(at * text.length);
  return text.slice(0, start + length) + text.slice(start);
});

const values = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    0,
    -1,
    1,
    0.5,
    2 ** 32,
    2 ** 53,
    1e300,
    '__proto__',
    'x'.repeat(20_000),
    [],
    {},
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.jsonValue({ maxDepth: 2 }),
);

interface Place {
  holder: Record<string, unknown>;
  key: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}

/** `change` is applied to one place of the JSON; what is no JSON stays as it is. */
function inOnePlace(at: number, change: (place: Place) => void): Mutate {
  return (text) => {
    let root: unknown;
    try {
      root = JSON.parse(text);
    } catch {
      return text;
    }
    const places = placesIn(root);
    const chosen = places[Math.floor(at * places.length)];
    if (chosen) change(chosen);
    return JSON.stringify(root);
  };
}

const otherValue = fc.tuple(place, values).map(([at, value]) =>
  inOnePlace(at, ({ holder, key }) => {
    holder[key] = value;
  }),
);
const missing = place.map((at) => inOnePlace(at, ({ holder, key }) => delete holder[key]));
const twice = place.map((at) =>
  inOnePlace(at, ({ holder, key }) => {
    if (Array.isArray(holder)) holder.push(...holder.slice(0, 50));
    else holder[`${key} `] = holder[key];
  }),
);

const mutation: fc.Arbitrary<Mutate> = fc.oneof(
  { weight: 3, arbitrary: otherValue },
  { weight: 1, arbitrary: missing },
  { weight: 1, arbitrary: twice },
  { weight: 2, arbitrary: splice },
  { weight: 1, arbitrary: double },
);

/** One of the texts with one to three things wrong. */
export function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([text, mutations]) => mutations.reduce((current, mutate) => mutate(current), text));
}

/** The same for texts of lines, which are no JSON. */
export function mutatedLines(texts: readonly string[]): fc.Arbitrary<string> {
  const lines = (change: (lines: string[], index: number) => void) => (at: number) => (text: string) => {
    const all = text.split('\r\n');
    change(all, Math.floor(at * all.length));
    return all.join('\r\n');
  };
  const cut = place.map(lines((all, index) => all.splice(index, 1)));
  const repeat = fc
    .tuple(place, fc.constantFrom(1, 2, 100))
    .map(([at, times]) => lines((all, index) => all.splice(index, 0, ...Array(times).fill(all[index])))(at));
  const move = place.map(lines((all, index) => all.push(...all.splice(index, 1))));
  const change = fc.oneof(cut, repeat, move, splice, splice, double);
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([text, changes]) => changes.reduce((current, mutate) => mutate(current), text));
}
