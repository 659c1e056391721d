import { execFileSync } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { NamespaceHost } from './support/host.js';
import { startMesh } from './support/interruption.js';
import { makeNamespace, removeNamespaces } from './support/namespaces.js';

let host: NamespaceHost;

afterEach(async () => {
  await host.close();
  removeNamespaces();
});

test('two nodes on a machine that has no network but loopback connect, without being told to use it', async () => {
  const machine = makeNamespace();
  const addresses = execFileSync('ip', ['-n', machine, '-o', 'address'], { encoding: 'utf8' });
  expect(addresses).not.toMatch(/^\d+: (?!lo\s)/m);
  host = new NamespaceHost({ relay: { namespace: machine, address: '127.0.0.1' }, nodes: [machine, machine] });
  await startMesh(host);
});
