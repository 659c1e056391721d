/** The sessions of one peer by epoch: built as its network's gates let them, and given what came before there was one. */
import type { BuildGates, Familiarity } from './build-gate.js';
import { Session } from './session.js';
import type { SessionHost } from './session-host.js';

const EARLY_CANDIDATES = 32;

export interface SessionsHost {
  readonly id: string;
  readonly gates: BuildGates;
  familiarity(): Familiarity;
  sessionHost(): SessionHost;
  notBuilt(epoch: number, error: unknown): void;
}

export class Sessions {
  readonly #host: SessionsHost;
  readonly #byEpoch = new Map<number, Session>();
  #earlyCandidates: string[] = [];

  constructor(host: SessionsHost) {
    this.#host = host;
  }

  get(epoch: number): Session | undefined {
    return this.#byEpoch.get(epoch);
  }

  newestFirst(): Session[] {
    return [...this.#byEpoch.values()].reverse();
  }

  candidate(line: string): void {
    const [newest] = this.newestFirst();
    if (newest) newest.link.addCandidate(line);
    else if (this.#earlyCandidates.length < EARLY_CANDIDATES) this.#earlyCandidates.push(line);
  }

  build(epoch: number, kind: keyof BuildGates, begin: (session: Session) => void): void {
    const { gates, familiarity, sessionHost, notBuilt } = this.#host;
    gates[kind].request(this.#buildKey(epoch), familiarity(), () => {
      try {
        const session = new Session(epoch, sessionHost());
        this.#byEpoch.set(epoch, session);
        begin(session);
        for (const line of this.#earlyCandidates.splice(0)) session.link.addCandidate(line);
      } catch (error) {
        notBuilt(epoch, error);
      }
    });
  }

  /** The expensive part is over, or no longer wanted: somebody else may be built. */
  built(epoch: number): void {
    for (const gate of Object.values(this.#host.gates)) gate.release(this.#buildKey(epoch));
  }

  /** Forgets it, whether built or not, and returns it to be closed. */
  take(epoch: number): Session | undefined {
    this.built(epoch);
    const session = this.#byEpoch.get(epoch);
    this.#byEpoch.delete(epoch);
    return session;
  }

  #buildKey(epoch: number): string {
    return `${this.#host.id}/${epoch}`;
  }
}
