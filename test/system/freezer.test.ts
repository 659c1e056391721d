import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type Freezer, makeFreezer } from './support/freezer.js';
import { NamespaceHost } from './support/host.js';
import { expectSessionsKept, startMesh } from './support/interruption.js';
import { makeNamespace, removeNamespaces } from './support/namespaces.js';

let host: NamespaceHost;
let freezer: Freezer | undefined;

afterEach(async () => {
  freezer?.thaw(); // a frozen process cannot even be killed
  await host.close();
  freezer?.remove();
  removeNamespaces();
});

test('a daemon frozen by its cgroup for 40 s comes back over the same session', async () => {
  const machine = makeNamespace();
  host = new NamespaceHost({ relay: { namespace: machine, address: '127.0.0.1' }, nodes: [machine, machine] });
  const mesh = await startMesh(host);
  const frozen = mesh.nodes[0]!;
  const own = makeFreezer(host.pid(frozen.process));
  freezer = own;
  await expectSessionsKept(mesh, async () => {
    mesh.traffic.mute(frozen);
    await own.freeze();
    await sleep(40_000);
    own.thaw();
    mesh.traffic.unmute(frozen);
  });
  const woke = mesh.timeline.entries.find(({ node, what }) => node === frozen.name && what.startsWith('woke'));
  expect(woke, 'it noticed its own freeze').toBeDefined();
});
