/** The form of a message: what two implementations may choose freely is hidden, and what only we say is left out. */

/** Drawn or measured: nonces, codes, keys, ids, times, ICE credentials. */
const MASKED = new Set([
  'nonce',
  'verification_code',
  'offer_id',
  'sdp',
  'candidate',
  'username_fragment',
  't',
  'request_id',
  'app_version',
  'root',
  'roster_root',
  'last_edit_ts',
  'approved_at',
]);
/** Keys of ours, which upstream ignores. */
const ONLY_OURS = new Set(['wm']);
const FEATURE_OF_OURS = /^wakemesh_/;

/** What goes by the relay, and what goes on the channel. */
export type Way = 'relay' | 'channel';

/** One line: keys in order, device ids by the names of their sides. */
export function masked(text: string, names: Record<string, string>): string {
  return JSON.stringify(formOf(parsed(quoteBigNumbers(withoutStream(text))), names));
}

/** A stream of reliable messages has a number that its sender draws, and its receiver echoes to the letter. */
const withoutStream = (text: string) => text.replace(/("kind":"channel_seq","stream":)\d+/, '$1"…"');

/** A test client says what is no JSON, too. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function formOf(value: unknown, names: Record<string, string>): unknown {
  if (typeof value === 'string') return names[value] ?? value;
  if (Array.isArray(value)) {
    return value.filter((each) => !FEATURE_OF_OURS.test(String(each))).map((each) => formOf(each, names));
  }
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value)
    .filter(([key]) => !ONLY_OURS.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => [key, MASKED.has(key) ? '…' : formOf(each, names)]);
  return Object.fromEntries(entries);
}

/** Ids beyond 2^53 must not be rounded into one another. */
const quoteBigNumbers = (text: string) => text.replace(/:(\d{16,})(?=[,}])/g, ':"$1"');
