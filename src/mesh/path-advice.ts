/** What stands in the way of a path and can be cured by a person: each thing is told once. */
import type { JoinOptions, MeshEvent, PeerInfo } from './api.js';

/** Reasons may contain what a server said, and strangers may be many. */
const MAX_TOLD = 64;

export class PathAdvice {
  readonly #network: string;
  readonly #hasTurn: boolean;
  readonly #tell: (event: MeshEvent) => void;
  readonly #told = new Set<string>();

  constructor({ networkId, iceServers = [] }: JoinOptions, tell: (event: MeshEvent) => void) {
    this.#network = networkId;
    this.#hasTurn = iceServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/i.test(url)));
    this.#tell = tell;
  }

  /** Every link asks the servers anew. */
  serverFailed(url: string, reason: string): void {
    if (this.#isNew(`${url} ${reason}`)) {
      this.#tell({ type: 'ice-server-failed', network: this.#network, url, reason });
    }
  }

  needsTurn(peer: PeerInfo): void {
    if (!this.#isNew(peer.deviceId)) return;
    const cure = this.#hasTurn
      ? 'no TURN server gave an address, neither here nor there'
      : 'it takes a TURN server, and none is configured here (turn_servers)';
    this.#tell({ type: 'needs-turn', network: this.#network, peer, reason: `no direct path was found: ${cure}` });
  }

  #isNew(what: string): boolean {
    if (this.#told.has(what) || this.#told.size >= MAX_TOLD) return false;
    this.#told.add(what);
    return true;
  }
}
