/** Puts our mesh in the place of one side of a recorded conversation. The other side says what it said then. */
import { z } from 'zod';
import type { Network } from '../../src/mesh/api.js';
import { Mesh } from '../../src/mesh/mesh.js';
import { PRESENCE_KIND } from '../../src/signaling/nostr-event.js';
import { realPorts } from '../../src/signaling/ports.js';
import { randomBytesBehind, type Session, type Side } from '../protocol/recording.js';
import { type Conversation, readConversation, type Said } from './conversation.js';
import { Counterpart } from './counterpart.js';
import { type Life, livesOf } from './lives.js';
import { masked, type Way } from './mask.js';
import { Pairs } from './pairs.js';
import type { RecordedLink } from './recorded-link.js';
import { Process, Stage } from './stage.js';
import { serve, type Wish, wishBehind, wishOrdered } from './user.js';

/** What was said after the last thing recorded, and what would be said then, is given this long. */
const LAST_WORDS_MS = 500;
/** A user's wish was recorded when it had been fulfilled. */
const WISHED_BEFORE_MS = 0.01;
/** Who leaves closes its connections after its goodbye. */
const CLOSES_AFTER_MS = 5;

/** One message, in its form; see mask.ts. */
export interface Line {
  ms: number;
  way: Way;
  text: string;
}

export interface Replay {
  /** What we said, and what was said then in our place. */
  ours: Line[];
  theirs: Line[];
  /** When the first of both was stopped, killed, cut off or silenced. */
  disturbedMs: number;
  /** States that the peer went through. */
  states: string[];
}

export interface ReplayOptions {
  /** False: a person approves, as was recorded. */
  autoApprove: boolean;
}

export async function replay(name: string, us: Side, { autoApprove }: ReplayOptions): Promise<Replay> {
  const performance = new Performance(readConversation(name), us, autoApprove);
  return await performance.run();
}

interface Step {
  ms: number;
  take(): unknown;
}

class Performance {
  readonly #conversation: Conversation;
  readonly #us: Side;
  readonly #them: Side;
  readonly #autoApprove: boolean;
  readonly #stage: Stage;
  readonly #names: Record<string, string>;
  readonly #pairs: Pairs;
  readonly #counterpart: Counterpart;
  readonly #ours: Line[] = [];
  readonly #states: string[] = [];
  #process: Process | null = null;
  #mesh: Mesh | null = null;
  #network: Network | null = null;
  #offersMade = -1;
  /** Certificate of the offer that was heard last, unless something else was heard since. */
  #offerHeard: string | undefined;

  constructor(conversation: Conversation, us: Side, autoApprove: boolean) {
    this.#conversation = conversation;
    this.#us = us;
    this.#them = us === 'daemon' ? 'client' : 'daemon';
    this.#autoApprove = autoApprove;
    this.#stage = new Stage(conversation.startUnixMs);
    const { daemon, client } = conversation.identities;
    this.#names = { [daemon.deviceId]: 'daemon', [client.deviceId]: 'client' };
    this.#pairs = new Pairs(conversation, us);
    this.#counterpart = new Counterpart(conversation, this.#them);
  }

  async run(): Promise<Replay> {
    const { loop } = this.#stage;
    const steps = [...this.#ourSteps(), ...this.#theirSteps()].sort((a, b) => a.ms - b.ms);
    for (const { ms, take } of steps) {
      if (ms > loop.nowMs) await loop.advance(ms - loop.nowMs);
      await take();
      await loop.settle();
    }
    await loop.advance(LAST_WORDS_MS);
    this.#process?.kill();
    const { said, acts, cuts } = this.#conversation;
    const theirs = said
      .filter(({ by }) => by === this.#us)
      .map(({ ms, via, text }) => ({
        ms,
        way: via,
        text: this.#form(via === 'relay' ? JSON.parse(text).content : text),
      }));
    const disturbances = [
      ...acts.filter(({ what }) => what !== 'order').map(({ ms }) => ms),
      ...cuts.map((cut) => cut.fromMs),
    ];
    return { ours: this.#ours, theirs, disturbedMs: Math.min(...disturbances), states: this.#states };
  }

  #ourSteps(): Step[] {
    const { acts, said } = this.#conversation;
    const peer = this.#conversation.identities[this.#them].deviceId;
    const wish = (ms: number, wish: Wish | undefined): Step[] =>
      wish ? [{ ms, take: () => this.#network && this.#process?.runs && wish(this.#network, peer) }] : [];
    const sent = new Set<string>();
    return [
      ...livesOf(this.#conversation, this.#us).flatMap((life) => this.#lifeSteps(life)),
      ...acts.flatMap((act): Step[] => {
        if (act.by !== this.#us) return [];
        if (act.what === 'freeze') return [{ ms: act.ms, take: () => this.#process?.freeze() }];
        if (act.what === 'thaw') return [{ ms: act.ms, take: () => this.#process?.thaw() }];
        return act.what === 'order' ? wish(act.ms - WISHED_BEFORE_MS, wishOrdered(act.op)) : [];
      }),
      ...said.flatMap(({ ms, by, via, text }) => {
        // A reliable message that is repeated is still one wish.
        const seq = /"stream":\d+,"seq":\d+/.exec(text)?.[0];
        if (by !== this.#us || via === 'relay' || (seq && sent.has(seq))) return [];
        if (seq) sent.add(seq);
        return wish(ms - WISHED_BEFORE_MS, wishBehind(text));
      }),
    ];
  }

  #lifeSteps({ startMs, endMs, end }: Life): Step[] {
    const begin = { ms: startMs, take: () => this.#begin() };
    if (!Number.isFinite(endMs)) return [begin];
    const leave = async () => {
      const closed = this.#mesh?.close();
      await this.#stage.loop.advance(CLOSES_AFTER_MS);
      this.#process?.kill();
      await closed;
    };
    return [begin, { ms: endMs, take: end === 'leave' ? leave : () => this.#process?.kill() }];
  }

  #theirSteps(): Step[] {
    const { acts, said, relayWords } = this.#conversation;
    const opened = new Set<number>();
    const drop = (ms: number): Step => ({
      ms,
      take: () => this.#process?.hears(() => this.#process?.links.findLast(({ isOpen }) => isOpen)?.drop()),
    });
    return [
      ...acts.flatMap((act) => (act.by === this.#them && act.what === 'drop' ? [drop(act.ms)] : [])),
      ...relayWords.flatMap(({ ms, text }) =>
        this.#us === 'daemon' ? [{ ms, take: () => this.#process?.relayed(text) }] : [],
      ),
      ...said.flatMap((word): Step[] => {
        if (word.via === 'relay') {
          if (word.by === this.#us) return [];
          const speak = { ms: word.ms, take: () => this.#relayed(word.text) };
          const isLeave = /"kind\\":\\"leave/.test(word.text);
          return isLeave ? [speak, drop(word.ms + CLOSES_AFTER_MS)] : [speak];
        }
        const { ms, session, text } = word;
        // The channel was open right before the first word on it.
        const open = opened.has(session) ? [] : [{ ms, take: () => this.#hears(session, (link) => link.open()) }];
        opened.add(session);
        if (word.by === this.#us || this.#wasLost(word)) return open;
        const take = () => this.#hears(session, (link) => link.message(this.#pairs.inOurWords(text)));
        return [...open, { ms, take }];
      }),
    ];
  }

  /** The client recorded what it sent, not what arrived: a ping that the daemon did not answer did not. */
  #wasLost({ ms, text }: Said): boolean {
    if (this.#us === 'client' || !text.includes('"kind":"ping"')) return false;
    const t = /"t":(\d+)/.exec(text)?.[1];
    return !this.#conversation.said.some(
      (word) => word.by === this.#us && word.ms >= ms && word.text.includes(`"pong","t":${t}`),
    );
  }

  #stored(): unknown[] {
    const { nowMs } = this.#stage.loop;
    return this.#conversation.said.flatMap(({ ms, by, via, text }) => {
      const isStored = via === 'relay' && by === this.#them && ms < nowMs && JSON.parse(text).kind === PRESENCE_KIND;
      return isStored ? [JSON.parse(text)] : [];
    });
  }

  #relayed(event: string): void {
    const { sdp, kind } = JSON.parse(JSON.parse(event).content);
    this.#offerHeard = kind === 'offer' ? fingerprintIn(sdp) : undefined;
    this.#process?.relayed(`["EVENT","any",${event}]`);
  }

  #hears(session: number, fact: (link: RecordedLink) => void): void {
    const { fingerprints } = this.#conversation.sessions[session]!;
    const remote = fingerprints[this.#them];
    const process = this.#process;
    const links = process?.links.filter((link) => link.remoteFingerprint() === remote) ?? [];
    const link = links.findLast((each) => each.localFingerprint() === fingerprints[this.#us]) ?? links.at(-1);
    if (link) process?.hears(() => fact(link));
  }

  async #begin(): Promise<void> {
    const { identities, sessions, networkId } = this.#conversation;
    const process = new Process(
      this.#stage,
      {
        relay: ([verb, event]) => verb === 'EVENT' && this.#note('relay', event.content),
        stored: () => this.#stored(),
        channel: (link, text) => this.#said(link, text),
      },
      () => this.#takeOffer(),
    );
    this.#process = process;
    process.answerFingerprint = (remote) => this.#sessionOf(remote)?.fingerprints[this.#us];
    process.draw = (length) => {
      const certificate = this.#nextSession()?.fingerprints[this.#us];
      const session = sessions.findLast(
        ({ hellos, fingerprints }) => hellos[this.#us] && fingerprints[this.#us] === certificate,
      );
      const hello = session?.hellos[this.#us];
      return hello && (length === 32 || length === 6) ? randomBytesBehind(hello)(length) : undefined;
    };
    const label = sessions.flatMap(({ hellos }) => hellos[this.#us]?.label ?? [])[0] ?? '';
    const mesh = await Mesh.open({
      identity: { ...identities[this.#us], label },
      boot: this.#conversation.startUnixMs + Math.round(this.#stage.loop.nowMs),
      runtime: process.runtime,
      links: process.linkFactory,
      ports: { ...realPorts, dial: process.dial },
    });
    this.#mesh = mesh;
    mesh.subscribe((event) => {
      if (event.type === 'peer' && event.peer.deviceId === identities[this.#them].deviceId) {
        this.#states.push(event.peer.detail);
      }
    });
    this.#network = await mesh.join({ networkId, relays: ['ws://replayed'], autoApprove: this.#autoApprove });
    serve(this.#network, this.#us);
  }

  #said(link: RecordedLink, text: string): void {
    this.#note('channel', text);
    this.#pairs.weSaid(text);
    const ping = z.object({ kind: z.literal('ping'), t: z.number() }).safeParse(JSON.parse(text)).data;
    const { loop } = this.#stage;
    const answerMs = ping && this.#counterpart.answersAt(loop.nowMs);
    if (answerMs === undefined) return;
    const process = this.#process;
    const pong = JSON.stringify({ kind: 'pong', t: ping?.t });
    loop.after(answerMs - loop.nowMs, () => process?.hears(() => link.message(pong)));
  }

  #note(way: Way, text: string): void {
    this.#ours.push({ ms: this.#stage.loop.nowMs, way, text: this.#form(text) });
  }

  #form(text: string): string {
    return masked(text, this.#names);
  }

  /** The session that the other side had with this certificate, the latest that has begun. */
  #sessionOf(remote: string | undefined): Session | undefined {
    if (remote === undefined) return undefined;
    const { sessions } = this.#conversation;
    return sessions.findLast(
      ({ startMs, fingerprints }) => startMs <= this.#stage.loop.nowMs && fingerprints[this.#them] === remote,
    );
  }

  /** The recorded session that we are about to build: what was heard last decides who offers. */
  #nextSession(): Session | undefined {
    return this.#sessionOf(this.#offerHeard) ?? this.#conversation.sessions[this.#nextOffered()];
  }

  #nextOffered(): number {
    return this.#conversation.sessions.findIndex(
      ({ fingerprints }, index) => index > this.#offersMade && Object.keys(fingerprints)[0] === this.#us,
    );
  }

  #takeOffer(): string | undefined {
    const next = this.#nextOffered();
    if (next === -1) return undefined;
    this.#offersMade = next;
    return this.#conversation.sessions[next]?.fingerprints[this.#us];
  }
}

const fingerprintIn = (sdp: string) => /^a=fingerprint:(.*)$/m.exec(sdp)?.[1]?.trim().toLowerCase();
