/**
 * What goes out on the channel. werift grows quadratically slower with each message that waits inside it, and takes a
 * peer that was frozen for a congested path, to which it repeats the same packets every second. So messages wait here,
 * few at a time are handed over, one packet at a time is repeated, ever less often, and after a silence the window is
 * what it was before.
 */
import type { RTCDataChannel } from 'werift';
import type { Sctp, SctpTransport } from './internals.js';
import { MAX_TIMEOUT_SECONDS } from './round-trip.js';

const QUEUE_BYTES = 256 * 1024;
const QUEUE_MESSAGES = 256;
/** Towards a peer that acknowledges nothing: when it thaws it must take in all that waits before anything new. */
const STILL_MESSAGES = 2;
/** An acknowledgement later than this means that nobody reads: far above a round trip, far below a suspicion. */
const STILL_SECONDS = 0.25;
const LOW_BYTES = 64 * 1024;
const LOW_MESSAGES = 4;
/** Handed to werift and not yet sent. */
const HANDED_MESSAGES = 4;
/** On their way: werift counts bytes only, and a burst of small packets overflows the socket of the far end. */
const FLYING_CHUNKS = 64;
/** Initial window of RFC 6928, in packets. */
const INITIAL_WINDOW = 10;

export class SendFlow {
  readonly #transport: SctpTransport;
  readonly #channel: RTCDataChannel;
  readonly #drained: () => void;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #full = false;
  /** The window before the first of the timeouts since the last acknowledgement. */
  #before: { cwnd: number; ssthresh: number; rto: number } | null = null;
  #timeouts = 0;
  /** What was on its way before the first of these timeouts, never repeated. */
  #sentOnce = new Set<object>();
  /** What the peer owed us first when the timer expired: an acknowledgement without it is no progress. */
  #owed: object | undefined;
  /** Once until something is acknowledged or times out again: the answers to many probes may come together. */
  #nudged = false;
  /** werift's own answer to the timer. */
  #expire: () => void = () => {};

  constructor(transport: SctpTransport, channel: RTCDataChannel, drained: () => void) {
    this.#transport = transport;
    this.#channel = channel;
    this.#drained = drained;
    if (transport.sctp) this.#watch(transport.sctp);
  }

  /** `false`: over the bound, nothing was taken. */
  send(data: Buffer): boolean {
    const limit = this.#isStill() ? STILL_MESSAGES : QUEUE_MESSAGES;
    if (this.#waiting.length >= limit || this.bufferedBytes() + data.length > QUEUE_BYTES) {
      this.#full = true;
      return false;
    }
    this.#waiting.push(data);
    this.#waitingBytes += data.length;
    this.#pump();
    return true;
  }

  bufferedBytes(): number {
    const { sctp, dataChannelQueue } = this.#transport;
    let bytes = this.#waitingBytes;
    for (const chunk of sctp?.sentQueue ?? []) bytes += chunk.userData.length;
    for (const chunk of sctp?.outboundQueue ?? []) bytes += chunk.userData.length;
    for (const [, , data] of dataChannelQueue) bytes += data.length;
    return bytes;
  }

  /** Has anything waited for an acknowledgement longer than it should? */
  get isStuck(): boolean {
    return this.#timeouts > 0;
  }

  /** The path is back: ask at once what is missing instead of waiting for the timer (a second or more). */
  nudge(): void {
    const { sctp } = this.#transport;
    if (!sctp || this.#nudged) return;
    const { rto } = this.#before ?? sctp;
    sctp.rto = rto;
    if (sctp.sentQueue.length === 0) return;
    sctp.timer3Cancel();
    // A nudge may be lost as well: it is repeated as soon as any other packet, not after what the silence backed off to.
    this.#repeat(sctp, rto);
    this.#nudged = true;
  }

  #isStill(): boolean {
    const oldest = this.#transport.sctp?.sentQueue[0];
    return oldest !== undefined && Date.now() / 1000 - oldest.sentTime > STILL_SECONDS;
  }

  #pump(): void {
    const { sctp, dataChannelQueue } = this.#transport;
    if (!sctp || this.#channel.readyState !== 'open') return;
    while (
      sctp.outboundQueue.length + dataChannelQueue.length < HANDED_MESSAGES &&
      sctp.sentQueue.length < FLYING_CHUNKS
    ) {
      const data = this.#waiting.shift();
      if (!data) break;
      this.#waitingBytes -= data.length;
      this.#channel.send(data);
    }
    if (!this.#full || this.#waiting.length > LOW_MESSAGES || this.bufferedBytes() > LOW_BYTES) return;
    this.#full = false;
    this.#drained();
  }

  #watch(sctp: Sctp): void {
    this.#expire = sctp.timer3Expired.bind(sctp);
    sctp.timer3Expired = () => {
      // What is repeated to a frozen peer it must read when it thaws.
      this.#repeat(sctp, Math.min(2 * sctp.rto, MAX_TIMEOUT_SECONDS));
      this.#nudged = false;
    };
    const flush = sctp.onSackReceived;
    sctp.onSackReceived = async () => {
      this.#undoSpuriousTimeouts(sctp);
      await flush();
      this.#pump();
    };
  }

  #repeat(sctp: Sctp, timeoutSeconds: number): void {
    const { cwnd, ssthresh, rto } = sctp;
    if (!this.#before) {
      this.#before = { cwnd, ssthresh, rto };
      this.#sentOnce = new Set(sctp.sentQueue.filter((chunk) => chunk.sentCount === 1));
    }
    this.#timeouts += 1;
    this.#owed = sctp.sentQueue[0];
    sctp.rto = timeoutSeconds;
    repeatOne(sctp, this.#expire);
  }

  /**
   * What was sent only once has arrived, or nothing at all was answered for several timeouts: the far end was away, no
   * packet was lost to congestion (RFC 4015).
   */
  #undoSpuriousTimeouts(sctp: Sctp): void {
    if (!this.#before || (this.#owed !== undefined && sctp.sentQueue[0] === this.#owed)) return;
    this.#nudged = false;
    sctp.rto = Math.min(sctp.rto, this.#before.rto);
    const left = new Set<object>(sctp.sentQueue);
    const arrivedUnrepeated = [...this.#sentOnce].some((chunk) => !left.has(chunk));
    if (arrivedUnrepeated) {
      // What went out with it is being read too: repeating it would only delay what is new. Its age is no round trip
      // either (Karn). What was sent later may have met a dead path, and stays marked.
      for (const chunk of sctp.sentQueue) {
        if (!this.#sentOnce.has(chunk)) continue;
        chunk.retransmit = false;
        chunk.sentCount += 1;
      }
    }
    const spurious = this.#timeouts > 1 || arrivedUnrepeated;
    const { cwnd, ssthresh } = this.#before;
    sctp.cwnd = Math.max(
      sctp.cwnd,
      sctp.maxPayloadSize,
      spurious ? Math.max(cwnd, INITIAL_WINDOW * sctp.maxPayloadSize) : 0,
    );
    if (spurious) sctp.ssthresh = Math.max(sctp.ssthresh, ssthresh);
    this.#before = null;
    this.#timeouts = 0;
    this.#sentOnce.clear();
  }
}

/**
 * One packet and no more until it is acknowledged, by an acknowledgement that also says what else is missing. werift
 * repeats as many small packets as fill a large one, and a frozen peer must read every repetition when it thaws.
 */
function repeatOne(sctp: Sctp, expire: () => void): void {
  const { transmit } = sctp;
  sctp.transmit = async () => {};
  expire();
  sctp.transmit = transmit;
  sctp.cwnd = 1;
  sctp.transmit().catch(() => {});
}
