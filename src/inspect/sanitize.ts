/**
 * What may leave the process by the inspection socket: values of the fields named here, text only of those that are
 * words, ids or addresses. A field that nobody has listed is withheld, so that a new one cannot leak by being forgotten.
 */

/** Numbers, yes and no, and whatever is below them: clocks, counters, the context itself. */
const PLAIN_FIELDS = new Set(
  // Peer
  (
    'offersFirst epoch candidate candidateOpen candidateApproved candidateAge lastEpoch boot sessionBoot signs ' +
    'authenticated admitted approvedByUs approvedByThem wasActive known asked shelvedByUs shelvedByThem silentTicks ' +
    'age staleAge tries pathLostTicks restarts renewedTicks redials reflectAge evidence seenAlive leaveClaimed ' +
    'heldOffer awaitsAnswer unanswered rttMs dials keeps key reflection admit silent shelved ' +
    // Node
    'clocks pause monoMs wallMs bootMs ms freshLeft wokeAgain fresh ' +
    // Relay, local network, fallback, outflow, wait
    'attempt lastSocket socket spare retiring split asked askedAgain isPresent polls allowance waiting limitTicks ' +
    'waitedTicks expired ' +
    // What xstate puts around them, and our marker
    'input output error data count'
  ).split(' '),
);
/** Their text comes from our own charts, or is a device id, a network id, an address of a relay or of this machine, or an error's message. */
const TEXT_FIELDS = new Set('type id actorId reason names repair pending kind url cause addresses'.split(' '));

const MAX_TEXT = 200;
const MAX_ITEMS = 50;
const MAX_FIELDS = 100;
const MAX_DEPTH = 5;
const WITHHELD = '[withheld]';

/** A second net, for text that got into a listed field: session descriptions, candidates, keys. */
const SECRET_SHAPES = /v=0\s|a=[a-z-]+:|candidate:\d|ice-(?:pwd|ufrag)|nsec1|-----BEGIN|(?:[0-9a-f]{2}:){15}/i;
const ADDRESS = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@]*@)?([^\s?#]*)(?:[?#]\S*)?/gi;
/** A path as long as this is a pass, not a name. */
const LONG_SEGMENT = /\/[^/]{25,}/g;

/** Text as it may be shown: bounded, addresses without user, password, query and pass-like paths. */
export function cleanText(text: string): string {
  if (SECRET_SHAPES.test(text)) return WITHHELD;
  const clean = text.replace(ADDRESS, (_, scheme: string, rest: string) => scheme + rest.replace(LONG_SEGMENT, '/…'));
  return clean.length > MAX_TEXT ? `${clean.slice(0, MAX_TEXT)}…` : clean;
}

/** An event, a context or an output of one of our charts. */
export function sanitize(value: unknown): unknown {
  return clean(value, false, 0);
}

export function cleanError(error: unknown): object {
  return error instanceof Error
    ? { name: cleanText(error.name), message: cleanText(error.message) }
    : { name: 'Error', message: cleanText(String(error)) };
}

function clean(value: unknown, mayBeText: boolean, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return mayBeText ? cleanText(value) : WITHHELD;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      return value === null ? null : cleanObject(value, mayBeText, depth);
    default:
      return `[${typeof value}]`;
  }
}

function cleanObject(value: object, mayBeText: boolean, depth: number): unknown {
  if (value instanceof Error) return cleanError(value);
  if (depth >= MAX_DEPTH) return '[…]';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => clean(item, mayBeText, depth + 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return '[object]';
  return cleanFields(value as Record<string, unknown>, depth);
}

function cleanFields(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  let withheld = 0;
  for (const [field, value] of Object.entries(fields).slice(0, MAX_FIELDS)) {
    const mayBeText = TEXT_FIELDS.has(field);
    // The name of an unlisted field is not ours either.
    if (mayBeText || PLAIN_FIELDS.has(field)) shown[field] = clean(value, mayBeText, depth + 1);
    else withheld += 1;
  }
  if (withheld > 0) shown['…'] = `${withheld} withheld`;
  return shown;
}
