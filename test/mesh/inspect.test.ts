import { createInspector } from '@statelyai/inspect';
import { afterEach, expect, it } from 'vitest';
import { LiveSource } from '../../src/inspect/live-source.js';
import { TestViewer } from '../inspect/support/viewer.js';
import { bothActive, closeAll, openMember, openRelay, runtime, until } from '../support/meshes.js';

afterEach(closeAll);

// biome-ignore lint/suspicious/noExplicitAny: the two sides are compared field by field
type Loose = any;

it('feeds the inspector of @statelyai/inspect, and our own source says the same in the same form', async () => {
  const theirs: Loose[] = [];
  const inspector = createInspector({ send: (event) => theirs.push(event) });
  const relay = await openRelay();
  const a = await openMember(relay, { inspect: inspector.inspect });
  const ours = new TestViewer();
  const end = new LiveSource({ mesh: a.mesh, label: () => '', version: '0', runtime }).connect(ours);
  const b = await openMember(relay);
  await bothActive(a, b);
  const name = `peer:${b.id}`;
  const session = ours.of('@xstate.actor').find((actor) => actor.name === name)!.sessionId;
  const about = (messages: Loose[]) => messages.filter((message) => message.sessionId === session);
  const steady = ({ snapshot }: Loose) => JSON.stringify(snapshot?.value) === '{"active":"steady"}';
  await until(() => about(theirs).some(steady));

  const [first] = about(theirs);
  const [own] = about(ours.messages) as Loose[];
  const common = ['type', '_version', 'id', 'rootId', 'sessionId', 'name', 'parentId'];
  for (const field of common) expect([field, own[field]]).toEqual([field, first[field]]);
  expect(Object.keys(own).sort()).toEqual(Object.keys(first).sort());
  expect(JSON.parse(own.definition).states.active.states).toHaveProperty('steady');

  const outline = (messages: Loose[]) =>
    about(messages)
      .filter(({ type }) => type === '@xstate.event' || type === '@xstate.snapshot')
      .map(({ type, event, sourceId, snapshot }) => ({ type, event: event.type, sourceId, value: snapshot?.value }));
  const steadyAt = outline(theirs).findIndex(({ value }) => JSON.stringify(value) === '{"active":"steady"}') + 1;
  expect(outline(ours.messages).slice(0, steadyAt)).toEqual(outline(theirs).slice(0, steadyAt));
  end();
});

it('survives an observer that throws', async () => {
  const relay = await openRelay();
  let calls = 0;
  const inspect = () => {
    calls += 1;
    throw new Error('the observer is broken');
  };
  const a = await openMember(relay, { inspect });
  await bothActive(a, await openMember(relay));
  expect(calls).toBeGreaterThan(10);
});
