import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { NamespaceHost } from './support/host.js';
import { expectSessionsKept, startMesh } from './support/interruption.js';
import { makeLan, removeNamespaces } from './support/namespaces.js';

let host: NamespaceHost;

afterEach(async () => {
  await host.close();
  removeNamespaces();
});

test.each([10, 40])(
  'UDP between the machines is cut for %i s while the relay stays: every session is kept',
  async (cutS) => {
    const lan = makeLan(3);
    host = new NamespaceHost({ relay: { namespace: lan.hub, address: lan.hubAddress }, nodes: lan.machines });
    const mesh = await startMesh(host);
    await expectSessionsKept(mesh, async () => {
      lan.cutUdp();
      await sleep(1_000); // what was on its way has arrived
      let arrived = 0;
      const unfinished = mesh.traffic.bothWays(() => {
        arrived += 1;
      });
      await Promise.race([unfinished, sleep(cutS * 1000 - 1_000)]);
      expect(arrived, 'the cut is real: nothing passes').toBe(0);
      lan.heal();
    });
  },
);
