/** The whole terminal as a canvas, given back as it was however we end. */
import type { ReadStream, WriteStream } from 'node:tty';

const ENTER = '\u001b[?1049h\u001b[?25l'; // the other screen, no cursor
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export type Key = 'quit' | 'up' | 'down' | 'page-up' | 'page-down' | 'top';

/** By what a terminal sends for them. */
const KEYS: Record<string, Key> = {
  q: 'quit',
  Q: 'quit',
  '\u0003': 'quit', // Ctrl-C makes no signal in raw mode
  '\u0004': 'quit',
  k: 'up',
  '\u001b[A': 'up',
  j: 'down',
  '\u001b[B': 'down',
  '\u001b[5~': 'page-up',
  ' ': 'page-down',
  '\u001b[6~': 'page-down',
  g: 'top',
  '\u001b[H': 'top',
};

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** One line a row; what does not fit is left out. */
  draw(lines: string[]): void;
  close(): void;
}

export function openScreen(
  input: ReadStream | undefined,
  output: WriteStream,
  on: { key(key: Key): void; resize(): void },
): Screen {
  let isOpen = true;
  const onData = (data: Buffer) => {
    const key = KEYS[data.toString()];
    if (key) on.key(key);
  };
  const onEnd = () => on.key('quit'); // the terminal is gone
  output.write(ENTER);
  input?.setRawMode(true);
  input?.on('data', onData).on('end', onEnd).resume();
  output.on('resize', on.resize);
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    output.off('resize', on.resize);
    input?.off('data', onData).off('end', onEnd).pause();
    input?.setRawMode(false);
    output.write(LEAVE);
  };
  process.once('exit', close); // an error that nobody caught leaves a usable terminal too
  return {
    get columns() {
      return output.columns || 80;
    },
    get rows() {
      return output.rows || 24;
    },
    draw(lines) {
      if (!isOpen) return;
      const shown = lines.slice(0, output.rows || 24).map((line) => line + CLEAR_LINE);
      output.write(HOME + shown.join('\r\n') + CLEAR_BELOW);
    },
    close() {
      close();
      process.off('exit', close);
    },
  };
}
