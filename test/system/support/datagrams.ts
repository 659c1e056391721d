/** Datagrams of a stranger in a namespace: what each does to a session that believes it is in `test/link/robustness.test.ts`. */
import { execFileSync } from 'node:child_process';

const record = (type: number, ...body: number[]) => [type, 254, 253, 0, 0, 0, 0, 0, 0, 0, 99, 0, body.length, ...body];
const HARMFUL = [record(30, 0), record(21, 1, 0), record(21, 2, 40), record(22, 1)];
/** A check without a signature: whoever answers it can be asked by anybody, and takes the stranger for the peer. */
const CHECK = [0, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42, ...Array(12).fill(7), 0, 6, 0, 6, ...Buffer.from('ab:cde'), 0, 0];
const ANSWER_MS = 500;

const SENDER = `
  const socket = require('node:dgram').createSocket('udp4');
  const { from, to, datagrams, answerMs } = JSON.parse(process.argv[1]);
  let answers = 0;
  socket.on('message', () => { answers += 1; });
  socket.bind(0, from, async () => {
    for (const target of to) {
      const [host, port] = target.split(':');
      for (const bytes of datagrams) await new Promise((sent) => socket.send(Buffer.from(bytes), Number(port), host, sent));
    }
    setTimeout(() => {
      socket.close();
      console.log(answers);
    }, answerMs);
  });
`;

/** `to`: `address:port`. Returns how often the stranger was answered. */
export function sendHarm(namespace: string, from: string, to: string[]): number {
  const order = JSON.stringify({ from, to, datagrams: [CHECK, ...HARMFUL], answerMs: ANSWER_MS });
  const args = ['netns', 'exec', namespace, process.execPath, '-e', SENDER, order];
  return Number(execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] }));
}
