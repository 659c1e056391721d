/**
 * JSON as upstream's decoder reads it. JSON.parse alone would round 64-bit integers (an echoed stream id then names
 * another stream), take `1.0` for `1`, and let the last of two equal keys win.
 */

/** Stands for a number that is no 64-bit integer. No field of ours takes one, so no schema accepts it. */
export const NOT_AN_INTEGER = Symbol('not an integer');
/** Stands for the values of a key that is there twice: no field takes it, and a field of the future may be so. */
export const TWICE = Symbol('twice');

/** Upstream's recursion limit: the outermost object is level 1. */
const MAX_DEPTH = 127;

/** A key that would set the prototype becomes a member like any other. */
const PLAIN = { configurable: true, enumerable: true, writable: true };

/** Strings, brackets, and the rest: numbers and literals. Commas and colons carry nothing once the grammar is known. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]|[^\s"{}[\],:]+/g;

/**
 * Integers come back as number, or as bigint beyond 2^53; any other number as `NOT_AN_INTEGER`; what a key has twice as
 * `TWICE`. Below an opaque key, which must not be there twice, the value is what JSON.parse makes of it. Throws a
 * SyntaxError that quotes nothing of the text.
 */
export function parseStrictJson(text: string, opaqueKeys: ReadonlySet<string>): unknown {
  checkGrammar(text);
  const tokens = text.match(TOKEN) ?? [];
  let at = 0;
  const next = () => tokens[at++] ?? '';

  function value(token: string, depth: number, opaque: boolean): unknown {
    if (token === '{') return object(depth + 1, opaque);
    if (token === '[') return array(depth + 1, opaque);
    if (token.startsWith('"')) return string(token);
    if (token === 'true' || token === 'false' || token === 'null') return JSON.parse(token);
    return number(token, opaque);
  }

  function object(depth: number, opaque: boolean): unknown {
    checkDepth(depth);
    const members: Record<string, unknown> = {};
    for (let token = next(); token !== '}'; token = next()) {
      const key = string(token);
      const isTwice = !opaque && Object.hasOwn(members, key);
      if (isTwice && opaqueKeys.has(key)) throw new SyntaxError('a key stands twice');
      const read = value(next(), depth, opaque || opaqueKeys.has(key));
      const member = isTwice ? TWICE : read;
      if (key === '__proto__') Object.defineProperty(members, key, { ...PLAIN, value: member });
      else members[key] = member;
    }
    return members;
  }

  function array(depth: number, opaque: boolean): unknown[] {
    checkDepth(depth);
    const items: unknown[] = [];
    for (let token = next(); token !== ']'; token = next()) items.push(value(token, depth, opaque));
    return items;
  }

  return value(next(), 0, false);
}

function checkGrammar(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw new SyntaxError('not JSON');
  }
}

function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new SyntaxError(`nested deeper than ${MAX_DEPTH} levels`);
}

function string(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1);
  const text: string = JSON.parse(token);
  if (/\p{Surrogate}/u.test(text)) throw new SyntaxError('half a surrogate pair');
  return text;
}

function number(token: string, opaque: boolean): unknown {
  const double = Number(token);
  if (!Number.isFinite(double)) throw new SyntaxError('a number too large for a double');
  if (opaque) return double;
  if (!/^(?:0|-?[1-9]\d{0,19})$/.test(token)) return NOT_AN_INTEGER;
  return Number.isSafeInteger(double) ? double : BigInt(token);
}
