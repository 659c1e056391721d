import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of a relay that can fall silent without closing anything, as a dead path does. */
export interface Proxy {
  url: string;
  /** Connections made so far. */
  accepted(): number;
  /** Connections open now. */
  open(): number;
  /** Existing connections carry nothing any more; new ones work. */
  blackHole(): void;
  close(): Promise<void>;
}

export async function startProxy(targetPort: number): Promise<Proxy> {
  const pairs = new Set<[Socket, Socket]>();
  let accepted = 0;
  const server: Server = createServer((client) => {
    accepted += 1;
    const target = connect(targetPort, '127.0.0.1');
    const pair: [Socket, Socket] = [client, target];
    pairs.add(pair);
    client.pipe(target);
    target.pipe(client);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `ws://127.0.0.1:${port}`,
    accepted: () => accepted,
    open: () => pairs.size,
    blackHole: () => {
      for (const [client, target] of pairs) {
        client.unpipe(target).resume();
        target.unpipe(client).resume();
      }
    },
    close: () => {
      for (const [client] of pairs) client.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
