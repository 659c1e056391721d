import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { ControlClients } from '../../src/daemon/control-clients.js';

it('a client that does not read costs a bounded queue, and is told what it missed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wakemesh-clients-'));
  const server = createServer().listen(join(folder, 's'));
  const accepted = once(server, 'connection');
  const reader = connect(join(folder, 's'));
  const [socket] = (await accepted) as [Socket];

  const clients = new ControlClients();
  clients.add(socket);
  const total = 20_000;
  const filler = 'x'.repeat(1_000);
  for (let number = 0; number < total; number += 1) clients.broadcast({ kind: 'event', number, filler });
  expect(socket.writableLength).toBeLessThan(5 << 20);

  let received = 0;
  let skipped = 0;
  for await (const line of createInterface({ input: reader })) {
    const push = JSON.parse(line);
    if (push.kind === 'lagged') skipped += push.skipped;
    else received += 1;
    if (received + skipped === total) break;
  }
  expect(skipped).toBeGreaterThan(0);
  socket.destroy();
  reader.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

it('nothing is delivered twice to a client that subscribes twice, and nothing after it has gone', () => {
  const clients = new ControlClients();
  const client = clients.add({ on: () => {} } as unknown as Socket);
  const log: string[] = [];
  const begin = () => {
    log.push('begin');
    return () => void log.push('end');
  };
  client.subscribe('chat', begin);
  client.subscribe('chat', begin);
  clients.remove(client);
  expect(log).toEqual(['begin', 'end']);
  expect(() => clients.require(client.id)).toThrow(`unknown client_id: ${client.id}`);
});
