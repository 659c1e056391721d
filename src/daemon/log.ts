/** Logs for people on a terminal, JSON lines for everything else. State changes only; what could be a secret is cut out. */
import { isatty } from 'node:tty';
import { destination, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
/** A reader that has stopped reading must not make us hold its log for ever. */
const MAX_BUFFERED_BYTES = 1 << 20;
const SECRET_KEYS = ['sdp', 'secret', 'secret_key', 'password', 'credential', 'signature', 'payload'];

export interface LogOptions {
  /** `debug`, `info`, …; upstream's filter syntax (`myownmesh=debug,webrtc=error`) is read for its first level. */
  level: string;
  /** File descriptor: 1 or 2. */
  fd: number;
  env?: NodeJS.ProcessEnv;
}

export function createLog({ level, fd, env = process.env }: LogOptions): Logger {
  const options = {
    level: levelOf(env.MYOWNMESH_LOG) ?? levelOf(level) ?? 'info',
    base: null,
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
  };
  const forPeople = isatty(fd) && env.MYOWNMESH_LOG_FORMAT !== 'json';
  if (forPeople) return pino(options, pretty({ destination: fd, translateTime: 'SYS:HH:MM:ss.l', sync: true }));
  // Not sync: a full pipe would stop the whole mesh for as long as its reader sleeps.
  return pino(options, destination({ fd, sync: false, maxLength: MAX_BUFFERED_BYTES }));
}

function levelOf(filter: string | undefined): string | undefined {
  const words = (filter ?? '')
    .toLowerCase()
    .replaceAll(/\boff\b/g, 'silent')
    .split(/[^a-z]+/);
  return words.find((word) => LEVELS.includes(word));
}
