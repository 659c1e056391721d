/** `record`: the inspection stream of a running daemon into a file. */
import { resolve } from 'node:path';
import { WebSocket } from 'ws';
import { codeOf, DaemonError, messageOf } from '../daemon/errors.js';
import { VERSION } from '../daemon/version.js';
import { Recorder } from '../inspect/recorder.js';
import type { InspectAddresses } from './inspect.js';
import { openControl } from './open-control.js';
import { stopSignal } from './run-daemon.js';

export interface RecordOptions {
  home?: string;
  seconds?: number;
  maxMb: number;
}

const MAX_MESSAGE_BYTES = 64 << 20;

export async function record(program: string, file: string, options: RecordOptions): Promise<void> {
  const stopped = stopSignal();
  const control = await openControl(program, options.home);
  const { socket_url } = (await control.request({ op: 'inspect_start' })) as InspectAddresses;
  control.close();

  let end: (reason: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const recorder = await openRecorder(file, options.maxMb, end);
  const origin = new URL(socket_url).origin.replace('ws:', 'http:');
  const socket = new WebSocket(socket_url, { headers: { origin }, maxPayload: MAX_MESSAGE_BYTES });
  socket.on('error', (error) => end(messageOf(error)));
  socket.on('close', () => end('the daemon has ended'));
  socket.on('message', (data) => {
    recorder.send(String(data));
    // A disk that is slower than the daemon makes us read slower: the daemon counts what it leaves out.
    if (recorder.isBehind) socket.pause();
  });
  recorder.onDrain(() => socket.resume());
  void stopped.then(() => end('stopped'));
  if (options.seconds !== undefined) setTimeout(() => end('the time is over'), options.seconds * 1_000);
  console.error(`recording to ${resolve(file)}; Ctrl-C ends it`);

  const startedMs = performance.now();
  const reason = await ended;
  socket.removeAllListeners('message');
  socket.terminate();
  await close(recorder, file);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  console.error(`${reason}: ${recorder.messages} messages in ${seconds} s, ${Math.ceil(recorder.bytes / 1_024)} KiB`);
  console.error('It names devices, networks and relays, and holds no keys, descriptions or messages.');
  process.exit(0); // timers and the signal handlers would keep us
}

async function openRecorder(file: string, maxMb: number, ended: (reason: string) => void): Promise<Recorder> {
  try {
    return await Recorder.open(file, { version: VERSION, atMs: Date.now(), maxBytes: maxMb << 20, ended });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new DaemonError(`record: ${file} exists; give another name or remove it`);
    throw new DaemonError(`record: cannot write ${file}: ${messageOf(error)}`);
  }
}

async function close(recorder: Recorder, file: string): Promise<void> {
  try {
    await recorder.close();
  } catch (error) {
    throw new DaemonError(`record: ${file} is not complete: ${messageOf(error)}; what is in it can be replayed`);
  }
}
