/** Logs for people on a terminal, JSON lines for everything else. State changes only; what could be a secret is cut out. */
import { once } from 'node:events';
import { isatty } from 'node:tty';
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
/** A reader that has stopped reading must not make us hold its log for ever. */
const MAX_BUFFERED_BYTES = 1 << 20;
const SECRET_KEYS = ['sdp', 'secret', 'secret_key', 'password', 'credential', 'signature', 'payload'];

export interface LogOutput {
  stream: DestinationStream;
  /** Resolves when everything is written: never, while nobody reads. */
  end(): Promise<void>;
  /** Whatever is not written yet is lost. Without it an exit would wait for a reader that sleeps. */
  drop(): void;
  /** Each line is handed over too, as JSON, until the returned function is called. */
  watch(sink: (line: string) => void): () => void;
}

/** `fd` is 1 or 2. */
export function openLogOutput(fd: number, env: NodeJS.ProcessEnv = process.env): LogOutput {
  const sinks = new Set<(line: string) => void>();
  const watch = (sink: (line: string) => void) => {
    sinks.add(sink);
    return () => sinks.delete(sink);
  };
  const tapped = (stream: DestinationStream): DestinationStream => ({
    write(line) {
      stream.write(line);
      for (const sink of sinks) sink(line);
    },
  });
  if (isatty(fd) && env.MYOWNMESH_LOG_FORMAT !== 'json') {
    const stream = pretty({ destination: fd, translateTime: 'SYS:HH:MM:ss.l', sync: true });
    return { stream: tapped(stream), end: async () => {}, drop: () => {}, watch };
  }
  // Not sync: a full pipe would stop the whole mesh for as long as its reader sleeps.
  const stream = destination({ fd, sync: false, maxLength: MAX_BUFFERED_BYTES });
  return {
    stream: tapped(stream),
    async end() {
      const closed = once(stream, 'close');
      stream.end();
      await closed;
    },
    drop: () => stream.destroy(),
    watch,
  };
}

/** `level`: `debug`, `info`, …, or upstream's filter syntax (`myownmesh=debug,webrtc=error`), read for its first level. */
export function createLog(
  level: string,
  output: Pick<LogOutput, 'stream'>,
  env: NodeJS.ProcessEnv = process.env,
): Logger {
  const options = {
    level: levelOf(env.MYOWNMESH_LOG) ?? levelOf(level) ?? 'info',
    base: null,
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
  };
  return pino(options, output.stream);
}

function levelOf(filter: string | undefined): string | undefined {
  const words = (filter ?? '')
    .toLowerCase()
    .replaceAll(/\boff\b/g, 'silent')
    .split(/[^a-z]+/);
  return words.find((word) => LEVELS.includes(word));
}
