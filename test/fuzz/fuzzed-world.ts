/** Three real meshes on virtual time: `a` is fuzzed in the name of `x`, and `b` must never notice. */
import type { LinkFacts } from '../../src/link/link.js';
import type { RelaySocketFacts } from '../../src/signaling/relay-socket.js';
import type { Device } from '../../src/sim/device.js';
import { World } from '../../src/sim/world.js';

/** Of the frames that are mutated. */
const CHANNELS = ['c', 'greetings', 'app'];
const METHODS = ['m', 'echo'];

export interface FuzzedWorldOptions {
  seed: number;
  /** `x` is a member; else it has proven its key and waits to be admitted. */
  admitsX: boolean;
}

export class FuzzedWorld {
  readonly world: World;
  readonly a: Device;
  readonly b: Device;
  readonly x: Device;
  /** Why `x` is as it is, in the eyes of `a`. */
  reason = '';
  /** Everything that reached the application of `a`. */
  delivered = 0;
  /** What the relay has told `a` while the mesh came up. */
  readonly heard: string[] = [];
  readonly #facts: { link: object; facts: LinkFacts }[] = [];
  #relay: RelaySocketFacts | undefined;

  private constructor(seed: number) {
    this.world = new World({ seed, nodes: 3, relays: 1, autoApprove: false });
    [this.a, this.b, this.x] = this.world.devices as [Device, Device, Device];
    const { links } = this.world;
    const factoryFor = links.factoryFor.bind(links);
    links.factoryFor = (host) => ({
      ...factoryFor(host),
      create: (options) => {
        const link = factoryFor(host).create(options);
        this.#facts.push({ link, facts: options.facts });
        return link;
      },
    });
    const [relay] = this.world.relays;
    const dial = relay!.dial.bind(relay);
    relay!.dial = (client, facts) => {
      if (client !== this.a) return dial(client, facts);
      this.#relay = facts;
      const frame = (text: string) => {
        if (this.heard.length < 100) this.heard.push(text);
        facts.frame(text);
      };
      return dial(client, { ...facts, frame });
    };
    this.world.observe({
      event: (device, event) => {
        if (device === this.a && event.type === 'peer' && event.peer.deviceId === this.x.id) this.reason = event.reason;
      },
    });
  }

  static async open({ seed, admitsX }: FuzzedWorldOptions): Promise<FuzzedWorld> {
    const fuzzed = new FuzzedWorld(seed);
    const { world, a, b, x } = fuzzed;
    for (const device of world.devices) await world.start(device);
    const [ofA, ofB, ofX] = [a, b, x].map(({ network }) => network!) as [
      NonNullable<Device['network']>,
      NonNullable<Device['network']>,
      NonNullable<Device['network']>,
    ];
    const introductions = [ofA.approve(b.id), ofB.approve(a.id), ofX.approve(a.id)];
    if (admitsX) introductions.push(ofA.approve(x.id));
    await Promise.all(introductions);
    const waits = () => ofA.peer(x.id)?.detail === (admitsX ? 'active.steady' : 'handshaking.awaitingApproval');
    const ready = await world.until(() => world.areActive(a, b) && waits(), 20_000);
    if (ready === null) throw new Error(`seed ${seed}: the world did not come up`);
    const count = () => {
      fuzzed.delivered += 1;
    };
    for (const name of CHANNELS) ofA.channel(name).subscribe(count);
    for (const name of METHODS) ofA.rpc.serve(name, count);
    await world.advance(3_000);
    return fuzzed;
  }

  /** Hands `a` a message of `x`. */
  hear(data: Uint8Array): void {
    const link = this.#linkToX();
    this.#facts.find((each) => each.link === link)?.facts.message(data);
  }

  get xIsThere(): boolean {
    return this.#linkToX() !== undefined;
  }

  #linkToX() {
    return [...this.world.links.linksOf(this.a)].find((each) => each.isOpen && each.far?.host === this.x);
  }

  /** The relay says this to `a`. */
  hearRelay(text: string): void {
    this.#relay?.frame(text);
  }

  /** What nobody but `a` and its friends may change, as text. `x` may approve, or leave. */
  state(): string {
    const { network } = this.a;
    const [b, x] = [this.b, this.x].map(({ id }) => network?.peer(id));
    return JSON.stringify([
      b && { ...b, lastFrameAgoMs: 0, rttMs: 0 },
      x && { ...x, lastFrameAgoMs: 0, approvedByThem: true },
      network?.roster.list(),
      network?.governance(),
      this.delivered,
    ]);
  }

  /** Still the session of the beginning. */
  bIsUnharmed(): boolean {
    const b = this.a.network?.peer(this.b.id);
    return b?.state === 'active' && b.epoch === 1 && this.a.network?.roster.has(this.b.id) === true;
  }
}
