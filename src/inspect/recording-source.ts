/** A recording as a source: each viewer sees it from its beginning, at the pace at which it happened. */
import type { Runtime } from '../runtime.js';
import { type MeshMessage, meshMessage, type PlaybackMessage } from './messages.js';
import type { Recording } from './recording.js';
import type { Source, Viewer } from './source.js';

/** A viewer that is full is tried again after this time: a recording waits, nothing of it is left out. */
const RETRY_MS = 50;
const SAY_MS = 1_000;

export interface RecordingSourceOptions {
  recording: Recording;
  /** Name of the file, for people. */
  file: string;
  runtime: Runtime;
  /** 1: as it happened; 10: ten times as fast. */
  speed: number;
}

export class RecordingSource implements Source {
  readonly #options: RecordingSourceOptions;

  constructor(options: RecordingSourceOptions) {
    this.#options = options;
  }

  connect(viewer: Viewer): () => void {
    const playback = new Playback(viewer, this.#options);
    playback.play();
    return () => playback.stop();
  }

  async answer(): Promise<void> {
    throw new Error('this is a recording: nothing can be changed in it');
  }
}

class Playback {
  readonly #viewer: Viewer;
  readonly #options: RecordingSourceOptions;
  readonly #startMonoMs: number;
  #next = 0;
  #lastSaidMs = Number.NEGATIVE_INFINITY;
  #timer: unknown;

  constructor(viewer: Viewer, options: RecordingSourceOptions) {
    this.#viewer = viewer;
    this.#options = options;
    this.#startMonoMs = options.runtime.monoMs();
  }

  play(): void {
    const { recording, runtime, speed } = this.#options;
    const { messages } = recording;
    const positionMs = (runtime.monoMs() - this.#startMonoMs) * speed;
    for (; this.#next < messages.length && messages[this.#next]!.playAtMs <= positionMs; this.#next += 1) {
      if (!this.#viewer.send(asRecorded(messages[this.#next]!.text))) return this.#later(RETRY_MS);
    }
    const next = messages[this.#next];
    if (!next) return this.#say(recording.fault ? 'broken' : 'ended', this.#lengthMs());
    if (positionMs - this.#lastSaidMs >= SAY_MS) this.#say('playing', positionMs);
    this.#later(Math.min(SAY_MS, (next.playAtMs - positionMs) / speed));
  }

  stop(): void {
    this.#options.runtime.clearTimeout(this.#timer);
  }

  #later(delayMs: number): void {
    this.#timer = this.#options.runtime.setTimeout(() => this.play(), delayMs);
  }

  #lengthMs(): number {
    return this.#options.recording.messages.at(-1)?.playAtMs ?? 0;
  }

  #say(state: PlaybackMessage['state'], positionMs: number): void {
    this.#lastSaidMs = positionMs;
    const { recording, file } = this.#options;
    const message: PlaybackMessage = {
      type: 'wakemesh.playback',
      atMs: this.#options.runtime.clocks().wallMs,
      state,
      file,
      positionMs,
      lengthMs: this.#lengthMs(),
      ...(state === 'broken' && recording.fault),
    };
    this.#viewer.send(JSON.stringify(message));
  }
}

/** The picture must not look as if it could be acted upon. */
function asRecorded(text: string): string {
  if (!text.includes('"wakemesh.mesh"')) return text;
  const message = meshMessage.safeParse(JSON.parse(text));
  return message.success ? JSON.stringify({ ...message.data, source: 'recording' } satisfies MeshMessage) : text;
}
