/** The inspection server of a daemon: started when somebody asks for it, and then there until the daemon ends. */
import type { Logger } from 'pino';
import { LiveSource, type WatchedMesh } from '../inspect/live-source.js';
import { logMessageOf } from '../inspect/log-lines.js';
import { type InspectServer, startInspectServer } from '../inspect/server.js';
import type { Runtime } from '../runtime.js';
import { codeOf, DaemonError, messageOf } from './errors.js';
import { VERSION } from './version.js';

export interface InspectionOptions {
  mesh: WatchedMesh;
  label(): string;
  runtime: Runtime;
  log: Logger;
  /** Hands over each line of the log, as JSON, until the returned function is called. */
  watchLog(sink: (line: string) => void): () => void;
}

export class Inspection {
  readonly #options: InspectionOptions;
  #server: Promise<InspectServer> | undefined;

  constructor(options: InspectionOptions) {
    this.#options = options;
  }

  /** `port`: 0 or undefined for any. One that runs is returned. Rejects with a `DaemonError` when the port cannot be had. */
  async start(port = 0): Promise<InspectServer> {
    this.#server ??= this.#start(port);
    const attempt = this.#server;
    attempt.catch(() => {
      this.#server = undefined;
    });
    const server = await attempt;
    if (port === 0 || port === server.port) return server;
    throw new DaemonError(`inspector: it listens on port ${server.port} already, and cannot on ${port} too`);
  }

  async close(): Promise<void> {
    await (await this.#server)?.close();
  }

  async #start(port: number): Promise<InspectServer> {
    const { mesh, label, runtime, log, watchLog } = this.#options;
    const source = new LiveSource({
      mesh,
      label,
      version: VERSION,
      runtime,
      watchLog: (sink) =>
        watchLog((line) => {
          const message = logMessageOf(line);
          if (message) sink(message);
        }),
    });
    const server = await startInspectServer({ source, runtime, port }).catch((error) => {
      throw new DaemonError(portRefusal('inspector', port, error));
    });
    // Not its address: the token in it is for whoever may use the control socket, not for readers of logs.
    log.info({ port: server.port }, 'inspector ready: `wakemesh inspect` prints its address');
    return server;
  }
}

/** Why a port could not be had, for people. */
export function portRefusal(who: string, port: number, error: unknown): string {
  if (codeOf(error) === 'EADDRINUSE') {
    return `${who}: port ${port} is taken by another program; give another one, or none for any that is free`;
  }
  if (codeOf(error) === 'EACCES') return `${who}: port ${port} needs more rights; give one above 1023`;
  return `${who}: cannot listen on port ${port}: ${messageOf(error)}`;
}
