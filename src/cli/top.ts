/** `top`: the mesh in a terminal until somebody quits; once, as plain text, when the output is no terminal. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openControl } from './open-control.js';
import { stopSignal, surviveBrokenPipes } from './run-daemon.js';
import { type Look, render } from './top/render.js';
import { type Key, openScreen } from './top/screen.js';
import { type Happening, look, type Picture, watch } from './top/watch-daemon.js';

export interface TopOptions {
  home?: string;
}

const RETRY_MS = 1_000;
const PLAIN: Look = { columns: Number.POSITIVE_INFINITY, colour: false, nowMs: 0 };

export async function top(program: string, { home }: TopOptions): Promise<void> {
  surviveBrokenPipes();
  const connect = () => openControl(program, home);
  if (process.stdout.isTTY) return await watchOnScreen(connect);
  const control = await connect();
  const lines = render(await look(control, []), PLAIN);
  control.close();
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function watchOnScreen(connect: () => ReturnType<typeof openControl>): Promise<void> {
  (await connect()).close(); // a daemon that does not run is no picture but an error
  const end = new AbortController();
  void stopSignal(['SIGINT', 'SIGTERM', 'SIGHUP']).then(() => end.abort());
  let picture: Picture | null = null;
  let first = 0;
  const happenings: Happening[] = [];

  const draw = () => {
    const { columns, rows } = screen;
    const colour = !process.env.NO_COLOR;
    const lines = picture
      ? render(picture, { columns, colour, nowMs: Date.now() })
      : ['the daemon is gone; trying again'];
    const room = Math.max(1, rows - 1);
    first = Math.max(0, Math.min(first, lines.length - room));
    const more =
      lines.length > room ? `  lines ${first + 1} to ${Math.min(first + room, lines.length)} of ${lines.length}` : '';
    const shown = lines.slice(first, first + room);
    screen.draw([...shown, ...Array(room - shown.length).fill(''), `q quits, ↑ ↓ move${more}`.slice(0, columns)]);
  };
  const key = (pressed: Key) => {
    const page = Math.max(1, screen.rows - 2);
    const steps: Record<Key, number> = { quit: 0, up: -1, down: 1, 'page-up': -page, 'page-down': page, top: -first };
    if (pressed === 'quit') return end.abort();
    first += steps[pressed];
    draw();
  };
  const screen = openScreen(process.stdin.isTTY ? process.stdin : undefined, process.stdout, { key, resize: draw });
  const show = (next: Picture) => {
    picture = next;
    draw();
  };
  try {
    while (!end.signal.aborted) {
      await watch(connect, happenings, show, end.signal).catch(() => {});
      picture = null;
      draw();
      await sleep(RETRY_MS, undefined, { signal: end.signal }).catch(() => {});
    }
  } finally {
    screen.close();
  }
  process.exit(0); // a timer or a socket that still waits must not hold the prompt back
}
