/** Splits a byte stream into lines. */

export class LineTooLongError extends Error {
  constructor(readonly maxBytes: number) {
    super(`line longer than ${maxBytes} bytes`);
  }
}

/**
 * Yields each line without its end; a last line without one counts too. Throws `LineTooLongError` as soon as a line
 * exceeds the bound (nobody may make us hold an endless one), and `TypeError` on bytes that are not UTF-8.
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      parts.push(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      const line = decoder.decode(Buffer.concat(parts));
      parts = [];
      length = 0;
      yield line;
    }
    if (rest.length > 0) parts.push(rest);
    length += rest.length;
    if (length > maxBytes) throw new LineTooLongError(maxBytes);
  }
  if (length > 0) yield decoder.decode(Buffer.concat(parts));
}
