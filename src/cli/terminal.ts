/** Lines in and lines out, with or without a terminal at the other end. */
import { createInterface } from 'node:readline';

export interface Terminal {
  print(text: string): void;
  onLine(handler: (line: string) => void): void;
  /** The person has closed the terminal (Ctrl-C, Ctrl-D). A closed pipe is no person: then it never resolves. */
  ended: Promise<void>;
  close(): void;
}

export function openTerminal(): Terminal {
  const isTerminal = process.stdin.isTTY === true;
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: isTerminal, prompt: '> ' });
  const ended = new Promise<void>((resolve) => {
    if (!isTerminal) return;
    lines.once('SIGINT', resolve); // a terminal in raw mode makes no signal of Ctrl-C
    lines.once('close', resolve);
  });
  return {
    print(text) {
      if (!isTerminal) {
        process.stdout.write(`${text}\n`);
        return;
      }
      process.stdout.write(`\r\u001b[K${text}\n`); // over the prompt, which is drawn again with what was typed so far
      lines.prompt(true);
    },
    onLine(handler) {
      lines.on('line', (line) => {
        handler(line);
        if (isTerminal) lines.prompt();
      });
    },
    ended,
    close: () => lines.close(),
  };
}

/** Text of strangers must not move the cursor, colour the screen or fill it. */
export function harmless(text: string): string {
  return text.slice(0, 2_000).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}
