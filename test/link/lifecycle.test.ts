/** A closed link leaves nothing behind: each case in a process of its own, which must end by itself. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('support/lifecycle.mjs', import.meta.url));
/** werift's own handshake timers would hold a process for 33 s, its heartbeat as long. */
const HELD_AFTER_MS = 15_000;
const CYCLES_BOUND_MS = 50_000;
const MAX_HEAP_PER_CYCLE = 12 * 1024;

interface Left {
  sockets: number;
  heapPerCycle?: number;
  files?: number;
}

function run(name: string, boundMs: number): Promise<Left> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--expose-gc', script, name], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.stderr.on('data', (text) => {
      errors += text;
    });
    const bound = setTimeout(() => child.kill('SIGKILL'), boundMs);
    child.on('close', (code) => {
      clearTimeout(bound);
      if (code === 0) resolve(JSON.parse(output) as Left);
      else reject(new Error(`${code === null ? `still up after ${boundMs} ms` : `exit ${code}`}: ${output} ${errors}`));
    });
  });
}

describe.concurrent('closing a link', () => {
  it.each([
    'before anything was built',
    'with an offer out',
    'while silent servers are asked',
    'while checks find no path',
    'in the middle of the DTLS handshake',
    'when open',
    'in the middle of a restart',
  ])('%s releases sockets and lets the process end', async (name) => {
    expect((await run(name, HELD_AFTER_MS)).sockets).toBe(0);
  });

  it('two hundred times keeps neither memory nor files', async () => {
    const left = await run('two hundred times', CYCLES_BOUND_MS);
    expect(left.sockets).toBe(0);
    expect(left.files).toBeLessThanOrEqual(0);
    expect(left.heapPerCycle).toBeLessThan(MAX_HEAP_PER_CYCLE);
  });
});
