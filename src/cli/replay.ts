/** `replay`: a recording in the mesh console, from a server of its own. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { DaemonError, messageOf } from '../daemon/errors.js';
import { portRefusal } from '../daemon/inspection.js';
import { type Recording, readRecording } from '../inspect/recording.js';
import { RecordingSource } from '../inspect/recording-source.js';
import { startInspectServer } from '../inspect/server.js';
import { systemRuntime } from '../runtime.js';
import { stopSignal } from './run-daemon.js';
import { showPage } from './show-page.js';

export interface ReplayOptions {
  port?: number;
  open: boolean;
  speed: number;
}

const MAX_FILE_BYTES = 300 << 20;

export async function replay(file: string, { port = 0, open, speed }: ReplayOptions): Promise<void> {
  const stopped = stopSignal();
  const recording = await read(file);
  const runtime = systemRuntime();
  const source = new RecordingSource({ recording, file: basename(file), runtime, speed });
  const server = await startInspectServer({ source, runtime, port }).catch((error) => {
    throw new DaemonError(portRefusal('replay', port, error));
  });
  const seconds = (recording.messages.at(-1)?.playAtMs ?? 0) / 1_000 / speed;
  console.log(`mesh console       ${server.consoleUrl}`);
  console.log(`Stately inspector  ${server.bridgeUrl}`);
  console.error(
    `${recording.messages.length} messages, ${seconds.toFixed(1)} s; each page plays them from the beginning.`,
  );
  if (recording.fault) {
    const { line, problem } = recording.fault;
    console.error(`${file} is damaged in line ${line}: ${problem}. What comes before it is played.`);
  }
  await showPage(server.consoleUrl, open);
  await stopped;
  await server.close();
}

async function read(file: string): Promise<Recording> {
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes, above ${MAX_FILE_BYTES}`);
    return readRecording(await readFile(file, 'utf8'));
  } catch (error) {
    throw new DaemonError(`replay: cannot play ${file}: ${messageOf(error)}`);
  }
}
