/** Everything around a mesh in a replay: virtual time from the recorded hour on, a relay, links without a transport. */
import { randomBytes } from 'node:crypto';
import type { LinkFactory } from '../../src/link/link.js';
import type { Runtime } from '../../src/runtime.js';
import type { DialRelay } from '../../src/signaling/relay-socket.js';
import { Loop } from '../../src/sim/loop.js';
import { RecordedLink } from './recorded-link.js';

export interface Ears {
  /** A frame to the relay. */
  relay(frame: [verb: string, about: { content: string; id: string }]): unknown;
  /** What the relay has for a new subscription. */
  stored(): unknown[];
  channel(link: RecordedLink, text: string): void;
}

export class Stage {
  readonly loop = new Loop();
  readonly startUnixMs: number;

  constructor(startUnixMs: number) {
    this.startUnixMs = startUnixMs;
  }
}

/** One process of ours. It can be stopped and continued, and killed. */
export class Process {
  readonly links: RecordedLink[] = [];
  /** Random bytes come from here first: what the recorded side drew. */
  draw: (length: number) => Uint8Array | undefined = () => undefined;
  /** Certificate of our answer to an offer of that certificate, when such an answer was recorded. */
  answerFingerprint: (remote: string) => string | undefined = () => undefined;
  readonly #stage: Stage;
  readonly #ears: Ears;
  #fate: 'runs' | 'frozen' | 'dead' = 'runs';
  /** Timers that came due and facts that came in while it was stopped. */
  readonly #due = new Map<number, () => void>();
  readonly #inbox: (() => void)[] = [];
  #toUs: (frame: string) => void = () => {};
  readonly #offerFingerprint: () => string | undefined;

  /** `offerFingerprint`: of the certificate of our next offer, when such an offer was recorded. */
  constructor(stage: Stage, ears: Ears, offerFingerprint: () => string | undefined) {
    this.#stage = stage;
    this.#ears = ears;
    this.#offerFingerprint = offerFingerprint;
  }

  get runs(): boolean {
    return this.#fate === 'runs';
  }

  readonly runtime: Runtime = {
    clocks: () => {
      const { nowMs } = this.#stage.loop;
      return { monoMs: nowMs, wallMs: Math.round(this.#stage.startUnixMs + nowMs), bootMs: nowMs };
    },
    monoMs: () => this.#stage.loop.nowMs,
    setTimeout: (callback, delayMs) => {
      const timer = this.#stage.loop.after(delayMs, () => {
        if (this.#fate === 'frozen') this.#due.set(timer, callback);
        else if (this.#fate === 'runs') callback();
      });
      return timer;
    },
    clearTimeout: (timer) => {
      this.#due.delete(timer as number);
      this.#stage.loop.cancel(timer as number);
    },
    afterIoTurn: (callback) => {
      this.#stage.loop.after(0, callback);
    },
    random: () => 0.5,
    randomBytes: (length) => this.draw(length) ?? randomBytes(length),
  };

  readonly dial: DialRelay = (_, facts) => {
    this.#toUs = (frame) => facts.frame(frame);
    const { loop } = this.#stage;
    const tell = (fact: () => void) => loop.after(0, () => this.#fate === 'dead' || fact());
    const answer = (frame: unknown[]) => tell(() => facts.frame(JSON.stringify(frame)));
    tell(() => facts.opened());
    return {
      send: (text) => {
        if (this.#fate === 'dead') return false;
        const frame = JSON.parse(text);
        if (frame[0] === 'REQ') {
          for (const event of this.#ears.stored()) answer(['EVENT', frame[1], event]);
          answer(['EOSE', frame[1]]);
        }
        if (frame[0] === 'EVENT') answer(['OK', frame[1].id, true, '']);
        this.#ears.relay(frame);
        return true;
      },
      ping: () => tell(() => facts.pong()),
      close: async () => {},
    };
  };

  readonly linkFactory: LinkFactory = {
    warmUp: async () => {},
    addresses: () => ['127.0.0.1'],
    create: ({ facts }) => {
      const link = new RecordedLink(facts, {
        index: this.links.length,
        offerFingerprint: this.#offerFingerprint,
        answerFingerprint: (remote) => this.answerFingerprint(remote),
        say: (text) => this.#ears.channel(link, text),
        soon: (fact) => this.#stage.loop.after(1, () => this.hears(fact)),
        unsettled: () => this.#stage.loop.unsettled(),
      });
      this.links.push(link);
      return link;
    },
  };

  /** Something comes in; a stopped process reads it when it continues. */
  hears(fact: () => void): void {
    if (this.#fate === 'runs') fact();
    else if (this.#fate === 'frozen') this.#inbox.push(fact);
    this.#stage.loop.unsettled();
  }

  /** The relay says something to us. */
  relayed(frame: string): void {
    this.hears(() => this.#toUs(frame));
  }

  freeze(): void {
    this.#fate = 'frozen';
  }

  /** Timers first, then what waits in the sockets, as Node has it. */
  thaw(): void {
    this.#fate = 'runs';
    for (const [timer, callback] of this.#due) if (this.#due.delete(timer)) callback();
    for (const fact of this.#inbox.splice(0)) this.hears(fact);
  }

  kill(): void {
    this.#fate = 'dead';
  }
}
