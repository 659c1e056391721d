import { expect, it } from 'vitest';
import { LineTooLongError, readLines } from '../../src/daemon/lines.js';

async function* chunksOf(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(bytes: Buffer, size: number, maxBytes = 100): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(chunksOf(bytes, size), maxBytes)) lines.push(line);
  return lines;
}

it.each([1, 2, 3, 7, 100])('finds the same lines in chunks of %i bytes', async (size) => {
  expect(await collect(Buffer.from('{"a":1}\n\nzwölf\r\nlast'), size)).toEqual(['{"a":1}', '', 'zwölf\r', 'last']);
});

it('ends a stream whose line never ends', async () => {
  await expect(collect(Buffer.alloc(500, 'x'), 10)).rejects.toThrow(LineTooLongError);
});

it('refuses bytes that are not UTF-8', async () => {
  await expect(collect(Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a]), 10)).rejects.toThrow(TypeError);
});
