import { execFileSync, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { cleanUp, type DaemonProcess, networkConfig, PROGRAM, startDaemon } from '../support/daemon.js';

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?25h\u001b[?1049l';

afterEach(cleanUp);

const until = (condition: () => unknown) => vi.waitUntil(condition, { timeout: 20_000, interval: 20 });

/** `top` in a terminal of its own, with the terminal's settings before and after it. */
function startTop(daemon: DaemonProcess) {
  const command =
    'tty; stty rows 24 cols 100; echo "before $(stty -g)"; ' +
    `"${process.execPath}" "${PROGRAM}" top --home "${daemon.home}"; echo "code $?"; echo "after $(stty -g)"`;
  const child = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return {
    type: (keys: string) => child.stdin.write(keys),
    output: () => output,
    /** The lines that the screen shows now. */
    frame: () => stripVTControlCharacters(output.split('\u001b[H').at(-1) ?? '').split(/\r*\n/),
    resize(rows: number, columns: number) {
      const [tty] = /\/dev\/pts\/\d+/.exec(output)!;
      execFileSync('stty', ['-F', tty, 'rows', String(rows), 'cols', String(columns)]);
    },
    /** Resolves when the terminal is as it was. Rejects (by time) when it is not given back. */
    async ended() {
      await until(() => /after \S+/.test(output));
      const setting = (when: string) => new RegExp(`${when} (\\S+)`).exec(output)?.[1];
      expect(setting('after')).toBe(setting('before'));
      expect(output.split(ENTER).length).toBe(2);
      expect(output.split(LEAVE).length).toBe(2);
      return /code (\d+)/.exec(output)?.[1];
    },
  };
}

const start = () => startDaemon({ config: { networks: [networkConfig('ops', 'ws://127.0.0.1:9')] } });

it('shows the mesh, follows the size of the terminal, and gives it back when q is typed', async () => {
  const top = startTop(await start());
  await until(() => top.frame().some((line) => line.startsWith('ops: 0 of 0 peers active')));
  expect(top.frame().length).toBe(24);
  top.resize(6, 30);
  await until(() => top.frame().length === 6 && top.frame().every((line) => line.length <= 30)); // set one after the other
  expect(top.frame().at(-1)).toContain('q quits');
  top.resize(40, 120);
  await until(() => top.frame().length === 40);
  top.type('q');
  expect(await top.ended()).toBe('0');
});

it('ends with Ctrl-C, and waits for a daemon that is gone', async () => {
  const daemon = await start();
  const top = startTop(daemon);
  await until(() => top.frame().some((line) => line.startsWith('ops')));
  await daemon.stop();
  await until(() => top.frame()[0] === 'the daemon is gone; trying again');
  await startDaemon({ home: daemon.home });
  await until(() => top.frame().some((line) => line.startsWith('ops')));
  top.type('\u0003');
  expect(await top.ended()).toBe('0');
});
