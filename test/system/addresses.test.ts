/** An address of a machine that really goes, and another one that really comes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { DemoMesh } from '../../src/cli/demo/mesh.js';
import type { DemoNode } from '../../src/cli/demo/node.js';
import { NamespaceHost } from './support/host.js';
import { expectSessionsKept, startMesh } from './support/interruption.js';
import { type Lan, makeLan, removeNamespaces } from './support/namespaces.js';

const OLD = '10.77.0.2';
const NEW = '10.77.0.102';

let host: NamespaceHost;

afterEach(async () => {
  await host.close();
  removeNamespaces();
});

async function start(): Promise<{ lan: Lan; mesh: DemoMesh; mover: DemoNode; others: DemoNode[] }> {
  const lan = makeLan(3);
  host = new NamespaceHost({ relay: { namespace: lan.hub, address: lan.hubAddress }, nodes: lan.machines });
  const mesh = await startMesh(host);
  const mover = mesh.nodes.find(({ process }) => process === 'node-1')!;
  return { lan, mesh, mover, others: mesh.nodes.filter((node) => node !== mover) };
}

async function expectPathsFrom(mover: DemoNode, others: DemoNode[], address: string): Promise<void> {
  for (const other of others) {
    const ours = await host.peer(mover.process, other.deviceId);
    expect(ours.wakemesh.path).toMatchObject({ kind: 'lan', local_address: expect.stringContaining(`${address}:`) });
    const theirs = await host.peer(other.process, mover.deviceId);
    expect(theirs.wakemesh.path.remote_address).toBe(ours.wakemesh.path.local_address);
  }
}

test.each([
  ['at once', 0],
  ['after 8 s without any', 8_000],
])('another address %s: every session is kept, over paths that begin at the new one', async (_, withoutMs) => {
  const { lan, mesh, mover, others } = await start();
  await expectPathsFrom(mover, others, OLD);
  await expectSessionsKept(mesh, async () => {
    lan.takeAddress(lan.machines[0]!, OLD);
    await sleep(withoutMs);
    lan.giveAddress(lan.machines[0]!, NEW);
  });
  await expectPathsFrom(mover, others, NEW);
});

test('the same address again after 8 s without: every session is kept, on its old path', async () => {
  const { lan, mesh, mover, others } = await start();
  await expectSessionsKept(mesh, async () => {
    lan.takeAddress(lan.machines[0]!, OLD);
    await sleep(8_000);
    lan.giveAddress(lan.machines[0]!, OLD);
  });
  await expectPathsFrom(mover, others, OLD);
});

test('one more address changes no path; when the first one goes, paths begin at the second', async () => {
  const { lan, mesh, mover, others } = await start();
  await expectSessionsKept(mesh, async () => lan.giveAddress(lan.machines[0]!, '10.77.1.2'));
  await expectPathsFrom(mover, others, OLD);
  await expectSessionsKept(mesh, async () => {
    lan.giveAddress(lan.machines[0]!, NEW);
    lan.takeAddress(lan.machines[0]!, OLD);
  });
  await expectPathsFrom(mover, others, NEW);
});
