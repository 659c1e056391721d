/**
 * Somebody who knows the relays and the room, and has keys of his own only: he hears everything and says anything. He
 * runs no mesh.
 */
import type { Identity } from '../identity/identity.js';
import type { EventSigner } from '../signaling/nostr-event.js';
import { EPHEMERAL_KIND, PRESENCE_KIND } from '../signaling/nostr-event.js';
import type { RelaySocket } from '../signaling/relay-socket.js';
import { SignalWriter } from '../signaling/signal-writer.js';
import type { OutgoingSignal } from '../signaling/signaling.js';
import { newFingerprint, newUfrag, writeDescription } from './link-description.js';
import type { ProcessHost } from './net.js';
import { SimProcess } from './process.js';
import type { Rng } from './rng.js';
import type { World } from './world.js';

const MAX_HEARD = 200;

export class Stranger {
  readonly #world: World;
  readonly #rng: Rng;
  readonly #host: ProcessHost;
  readonly #signer: EventSigner;
  readonly #heard: string[] = [];
  #socket: RelaySocket | null = null;
  #open = false;

  constructor(world: World, rng: Rng) {
    this.#world = world;
    this.#rng = rng;
    const process = new SimProcess(world.loop, rng.fork('process'), () => {});
    this.#host = { name: 'stranger', address: 1, mapping: 1, process };
    this.#signer = world.notary.events.newSigner((length) => rng.bytes(length));
  }

  begin(betweenMs: number): void {
    this.#open = true;
    this.#dial();
    const speak = () => {
      if (!this.#open) return;
      this.#say();
      this.#world.loop.after(betweenMs * this.#rng.between(0.5, 1.5), speak);
    };
    this.#world.loop.after(100, speak);
  }

  end(): void {
    this.#open = false;
    this.#host.process.kill();
    for (const relay of this.#world.relays) for (const wire of relay.wiresOf(this.#host)) wire.clientDied();
  }

  #dial(): void {
    const relay = this.#rng.pick(this.#world.relays);
    this.#socket = relay.dial(this.#host, {
      opened: () => this.#socket?.send(JSON.stringify(['REQ', 'all', { '#r': [this.#room] }])),
      frame: (text) => this.#listen(text),
      pong: () => {},
      closed: () => {
        this.#socket = null;
        this.#world.loop.after(500, () => {
          if (this.#open) this.#dial();
        });
      },
    });
  }

  get #room(): string {
    return this.#world.room;
  }

  #listen(text: string): void {
    const [verb, , event] = JSON.parse(text) as [string, unknown, { content: string }];
    if (verb !== 'EVENT') return;
    this.#heard.push(event.content);
    if (this.#heard.length > MAX_HEARD) this.#heard.shift();
  }

  #say(): void {
    const rng = this.#rng;
    if (rng.chance(0.25) && this.#heard.length > 0) return this.#post(rng.pick(this.#heard)); // replayed word for word
    const [from, to] = rng.sample(this.#world.devices, 2);
    if (!from || !to) return;
    const name = rng.chance(0.1) ? this.#world.notary.newIdentity(rng.fork(rng.next()), '').deviceId : from.id;
    const message = this.#lie(from.id, to.id);
    // Signed by a key that is not that of the name, or not at all, as upstream writes.
    const identity: Identity = { deviceId: name, label: '', sign: () => 'a'.repeat(103) };
    const boot = Math.floor(this.#host.process.clocks().wallMs) + rng.below(100_000);
    const writer = new SignalWriter({
      identity,
      boot,
      nextSeq: () => 1 + rng.below(1_000_000),
      room: this.#room,
      randomBytes: (length) => rng.bytes(length),
    });
    const content = JSON.parse(writer.write(message));
    if (rng.chance(0.8)) delete content.wm;
    this.#post(JSON.stringify(content));
  }

  #lie(from: string, to: string): OutgoingSignal {
    const rng = this.#rng;
    const neg = Buffer.from(rng.bytes(6)).toString('hex');
    // Fingerprints are public: he may name a real one, which makes his offer a restart in place.
    const known = this.#heard.flatMap((content) => {
      const message = JSON.parse(content) as { from: string; to?: string; sdp?: string };
      return message.from === from && message.to === to
        ? [/^a=fingerprint:(.*)$/m.exec(message.sdp ?? '')?.[1] ?? '']
        : [];
    });
    const fingerprint = (rng.chance(0.5) && known.at(-1)?.trim()) || newFingerprint(rng);
    const description = { fingerprint, ufrag: newUfrag(rng), address: 'nowhere/1/0', answers: '' };
    switch (rng.pick(['announce', 'leave', 'offer', 'answer'] as const)) {
      case 'announce':
        return { kind: 'announce', reflection: rng.chance(0.3) };
      case 'leave':
        return { kind: 'leave' };
      case 'offer':
        return { kind: 'offer', to, neg, sdp: writeDescription({ ...description, kind: 'offer' }) };
      case 'answer':
        return { kind: 'answer', to, neg, sdp: writeDescription({ ...description, kind: 'answer' }) };
    }
  }

  #post(content: string): void {
    const { kind, to } = JSON.parse(content) as { kind: string; to: string | null };
    const isPresence = kind === 'announce';
    const event = this.#signer.sign({
      kind: isPresence ? PRESENCE_KIND : EPHEMERAL_KIND,
      tags: [['r', this.#room], ...(isPresence ? [] : [['p', to ?? this.#room]])],
      content,
      created_at: Math.floor(this.#host.process.clocks().wallMs / 1000),
    });
    this.#socket?.send(JSON.stringify(['EVENT', event]));
  }
}
