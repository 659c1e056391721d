/** Datagrams from a namespace: each of them ends or wedges a session that believes it (`test/link/robustness.test.ts`). */
import { execFileSync } from 'node:child_process';

const record = (type: number, ...body: number[]) => [type, 254, 253, 0, 0, 0, 0, 0, 0, 0, 99, 0, body.length, ...body];
const HARMFUL = [record(30, 0), record(21, 1, 0), record(21, 2, 40), record(22, 1)];

const SENDER = `
  const socket = require('node:dgram').createSocket('udp4');
  const { from, to, datagrams } = JSON.parse(process.argv[1]);
  socket.bind(0, from, async () => {
    for (const target of to) {
      const [host, port] = target.split(':');
      for (const bytes of datagrams) await new Promise((sent) => socket.send(Buffer.from(bytes), Number(port), host, sent));
    }
    socket.close();
  });
`;

/** `to`: `address:port`. */
export function sendHarm(namespace: string, from: string, to: string[]): void {
  const order = JSON.stringify({ from, to, datagrams: HARMFUL });
  execFileSync('ip', ['netns', 'exec', namespace, process.execPath, '-e', SENDER, order], { stdio: 'inherit' });
}
