import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LiveSource } from '../../src/inspect/live-source.js';
import { Recorder } from '../../src/inspect/recorder.js';
import { readRecording } from '../../src/inspect/recording.js';
import { RecordingSource } from '../../src/inspect/recording-source.js';
import { startInspectServer } from '../../src/inspect/server.js';
import { bothActive, closeAll, openMember, openRelay, runtime, until } from '../support/meshes.js';
import { SocketViewer, TestViewer } from './support/viewer.js';

let folder: string;
/** A member that meets another one, as text. */
let text: string;

const options = { version: '0.1.0', atMs: 1_000, maxBytes: 1 << 20, ended: () => {} };
const fresh = () => join(mkdtempSync(join(folder, 'x-')), 'recording.jsonl');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wakemesh-recording-'));
  const file = fresh();
  const relay = await openRelay();
  const a = await openMember(relay);
  const recorder = await Recorder.open(file, options);
  const end = new LiveSource({ mesh: a.mesh, label: () => 'desk', version: '0.1.0', runtime }).connect(recorder);
  await bothActive(a, await openMember(relay));
  end();
  await recorder.close();
  text = readFileSync(file, 'utf8');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await closeAll();
});

afterEach(closeAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a file', () => {
  it('reads back whole', () => {
    const { version, messages, fault } = readRecording(text);
    expect([version, fault]).toEqual(['0.1.0', null]);
    expect(messages.map((message) => message.text)).toEqual(text.split('\n').slice(1, -2));
    const times = messages.map(({ playAtMs }) => playAtMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('that is cut short is read up to the cut, wherever that is', () => {
    const lines = text.split('\n');
    for (let length = 200; length < text.length - 40; length += Math.ceil(text.length / 97)) {
      const cut = text.slice(0, length);
      const pieces = cut.split('\n');
      const whole = pieces.filter((piece, index) => piece === lines[index]).length; // the header among them
      const { messages, fault } = readRecording(cut);
      expect(messages.map((message) => message.text)).toEqual(lines.slice(1, whole));
      const problem = ['', lines[whole - 1]].includes(pieces.at(-1)!)
        ? 'the recording ends without its last line'
        : 'the recording ends within this line';
      expect(fault).toEqual({ line: whole + 1, problem });
    }
  });

  it.each([
    ['not JSON', '{"type":'],
    ['no message of the inspection socket', '{"type":"wakemesh.peer","atMs":"noon"}'],
    ['no message of the inspection socket', '[]'],
    ['not JSON', '\u0000\u0001\u0002'],
  ])('that is damaged is read up to the damage: %s', (problem, line) => {
    const lines = text.split('\n');
    const damaged = lines.toSpliced(7, 1, line).join('\n');
    const { messages, fault } = readRecording(damaged);
    expect(messages.length).toBe(6);
    expect(fault).toEqual({ line: 8, problem });
  });

  it.each(['', 'hello', '{}', '{"type":"wakemesh.recording","format":2,"version":"9","atMs":1}'])(
    'that is no recording is refused: %s',
    (other) => {
      expect(() => readRecording(other)).toThrow('no recording');
    },
  );

  it('is never written over, and ends at its bound with what it holds', async () => {
    const file = fresh();
    writeFileSync(file, 'mine');
    await expect(Recorder.open(file, options)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(file, 'utf8')).toBe('mine');

    const small = fresh();
    const reasons: string[] = [];
    const recorder = await Recorder.open(small, {
      ...options,
      maxBytes: 2_000,
      ended: (reason) => reasons.push(reason),
    });
    const [line] = readRecording(text).messages.filter((message) => message.text.includes('wakemesh.relay'));
    while (recorder.send(line!.text)) expect(recorder.bytes).toBeLessThan(2_000);
    expect(recorder.send(line!.text)).toBe(false);
    await recorder.close();
    expect(reasons).toEqual(['the file has reached 2000 bytes']);
    const { messages, fault } = readRecording(readFileSync(small, 'utf8'));
    expect([messages.length, fault]).toEqual([recorder.messages, null]);
  });

  it('on a disk that refuses says so', async () => {
    const reasons: string[] = [];
    const recorder = await Recorder.open('/dev/full', options).catch((error) => error);
    expect(recorder).toMatchObject({ code: 'EEXIST' }); // devices are never written to
    const file = fresh();
    const writer = await Recorder.open(file, { ...options, ended: (reason) => reasons.push(reason) });
    rmSync(join(file, '..'), { recursive: true });
    await writer.close(); // an open file outlives its name
    expect(reasons).toEqual([]);
  });
});

describe('played again', () => {
  const sourceOf = (recorded: string, speed = 100) =>
    new RecordingSource({ recording: readRecording(recorded), file: 'it.jsonl', runtime, speed });

  it('shows a viewer all of it, in order, and that it is a recording', async () => {
    const viewer = new TestViewer();
    const end = sourceOf(text).connect(viewer);
    await until(() => viewer.of('wakemesh.playback').at(-1)?.state === 'ended');
    const played = viewer.messages.filter(({ type }) => type !== 'wakemesh.playback');
    expect(played.length).toBe(readRecording(text).messages.length);
    expect(viewer.of('wakemesh.mesh')[0]?.source).toBe('recording');
    expect(viewer.of('wakemesh.peer').at(-1)?.peer.state).toBe('active');
    end();
  });

  it('stops at a damage and says where', async () => {
    const viewer = new TestViewer();
    const end = sourceOf(text.slice(0, text.length / 2)).connect(viewer);
    const last = await until(() => viewer.of('wakemesh.playback').find(({ state }) => state === 'broken'));
    expect(last).toMatchObject({ file: 'it.jsonl', problem: 'the recording ends within this line' });
    expect(last.line).toBe(text.slice(0, text.length / 2).split('\n').length);
    end();
  });

  it('waits for a viewer that reads slowly, and leaves nothing out', async () => {
    const viewer = new TestViewer();
    let calls = 0;
    const end = sourceOf(text).connect({ send: (line) => calls++ % 3 === 0 && viewer.send(line) });
    const { messages } = readRecording(text);
    await until(() => viewer.messages.filter(({ type }) => type !== 'wakemesh.playback').length === messages.length);
    end();
  });

  it('answers every request that nothing can be changed', async () => {
    const server = await startInspectServer({ source: sourceOf(text), runtime, port: 0 });
    const viewer = await SocketViewer.open(server.socketUrl);
    expect(await viewer.ask({ op: 'approve', network: 'team', device: 'x' })).toMatchObject({
      ok: false,
      error: expect.stringContaining('recording'),
    });
    await server.close();
  });
});
