/**
 * Few connections are built at once, and known devices first: anybody who knows the room can forge announces and offers
 * of a thousand devices, and each build costs a socket, a certificate and a handshake.
 */
const BUILDS = 4;
/** Devices that nobody rostered never hold more than this many slots, so a flood of them delays no known one. */
const STRANGER_BUILDS = 2;
const WAITING = 1_000;

/** 0 = stranger, 1 = rostered, 2 = was active in this process. */
export type Familiarity = 0 | 1 | 2;

interface Build {
  key: string;
  familiarity: Familiarity;
  start: () => void;
}

/**
 * Offers and answers each have a gate. An offer holds its slot until it is answered: if answers had to wait for such
 * slots, devices that meet all at once would wait for each other in a circle.
 */
export interface BuildGates {
  offers: BuildGate;
  answers: BuildGate;
}

export class BuildGate {
  readonly #running = new Map<string, Familiarity>();
  #waiting: Build[] = [];

  /** Runs `start` now or when a slot falls free. `false`: too many wait already, it will not run. */
  request(key: string, familiarity: Familiarity, start: () => void): boolean {
    if (this.#waiting.length >= WAITING && familiarity === 0) return false;
    this.#waiting.push({ key, familiarity, start });
    this.#admit();
    return true;
  }

  /** The build is over, or no longer wanted. Idempotent. */
  release(key: string): void {
    this.#running.delete(key);
    this.#waiting = this.#waiting.filter((build) => build.key !== key);
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#running.set(next.key, next.familiarity);
      next.start();
    }
  }

  #next(): Build | undefined {
    if (this.#running.size >= BUILDS) return undefined;
    const strangers = [...this.#running.values()].filter((familiarity) => familiarity === 0).length;
    let best: Build | undefined;
    for (const build of this.#waiting) {
      if (build.familiarity === 0 && strangers >= STRANGER_BUILDS) continue;
      if (!best || build.familiarity > best.familiarity) best = build;
    }
    return best;
  }
}
