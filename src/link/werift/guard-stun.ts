/**
 * werift answers any STUN request and hands every other datagram to DTLS, whoever sent it, directly or by way of a
 * relay: one spoofed datagram ends or wedges a session. Here only an authenticated check opens an address, and only open
 * addresses may send anything else.
 */
import { Connection, parseMessage, StunOverTurnProtocol, StunProtocol, TurnProtocol } from 'werift';
import type { Address, Ice, Relay, Stun, Turn } from './internals.js';

const HEADER_BYTES = 20;
const CLASS_MASK = 0x0110;
const REQUEST = 0x0000;
const SUCCESS = 0x0100;
const MAX_ADDRESSES = 256;
/** werift keeps the id of every check it ever saw. */
const MAX_CHECK_IDS = 64;

/** Hears of each authenticated check from the far end. */
export type CheckListener = () => void;
const checkListeners = new WeakMap<Ice, CheckListener>();

export function onAuthenticCheck(ice: Ice, listener: CheckListener): void {
  checkListeners.set(ice, listener);
}

export function guardStun(): void {
  const guarded = new WeakSet<object>();
  const prototype = Connection.prototype as unknown as Ice;
  const ensureProtocol = prototype.ensureProtocol;
  prototype.ensureProtocol = function (this: Ice, protocol: unknown) {
    if (typeof protocol === 'object' && protocol !== null && !guarded.has(protocol)) {
      guarded.add(protocol);
      if (protocol instanceof StunProtocol) {
        const socket = protocol as unknown as Stun;
        socket.datagramReceived = guardReceiver(this, socket.datagramReceived.bind(socket));
      } else if (protocol instanceof StunOverTurnProtocol) {
        const relay = protocol as unknown as Relay;
        relay.handleStunMessage = guardReceiver(this, relay.handleStunMessage.bind(relay));
      }
    }
    return ensureProtocol.call(this, protocol);
  };
  onlyFromTheServer();
}

/** Whoever knows the port of our talk with a TURN server could speak in the name of every peer behind it. */
function onlyFromTheServer(): void {
  const prototype = TurnProtocol.prototype as unknown as Turn;
  const receive = prototype.dataReceived;
  prototype.dataReceived = function (this: Turn, data, address) {
    if (this.transport.type === 'udp' && !(this.serverEndpoint && isSame(this.serverEndpoint, address))) return;
    receive.call(this, data, address);
  };
}

type Receiver = (data: Buffer, address: Address) => void;

function guardReceiver(ice: Ice, receive: Receiver): Receiver {
  const open = new Set<string>();
  return (data, address) => {
    let authentic = false;
    try {
      const verdict = judge(ice, open, data, address);
      if (verdict === 'drop') return;
      authentic = verdict === 'authentic-check';
    } catch {
      return; // what cannot be read is not for us
    }
    receive(data, address);
    if (authentic) checkListeners.get(ice)?.();
  };
}

function judge(ice: Ice, open: Set<string>, data: Buffer, address: Address): 'drop' | 'pass' | 'authentic-check' {
  const key = `${address[0]}|${address[1]}`;
  const isStun = data.length >= HEADER_BYTES && (data[0] as number) < 4;
  if (!isStun) return open.has(key) || isSelected(ice, address) ? 'pass' : 'drop';
  switch (data.readUInt16BE(0) & CLASS_MASK) {
    case REQUEST:
      if (!isAuthentic(ice, data)) return 'drop';
      admit(open, key);
      if (ice.nominated && ice.nominated.requestTransactionIds.size > MAX_CHECK_IDS) {
        ice.nominated.requestTransactionIds.clear();
      }
      return 'authentic-check';
    case SUCCESS:
      // werift checks the answer's integrity itself; here it only shows that we are checking this address.
      if (ice.checkList.some((pair) => isSame(pair.remoteAddr, address))) admit(open, key);
  }
  return 'pass';
}

function isAuthentic(ice: Ice, data: Buffer): boolean {
  const username: unknown = parseMessage(data)?.getAttributeValue('USERNAME');
  if (typeof username !== 'string') return false;
  const ufrag = username.split(':')[0] ?? '';
  // A plain object: a check for "__proto__" must find nothing.
  if (!Object.hasOwn(ice.userHistory, ufrag)) return false;
  return parseMessage(data, Buffer.from(ice.userHistory[ufrag] as string, 'utf8')) !== undefined;
}

function admit(open: Set<string>, key: string): void {
  if (open.size >= MAX_ADDRESSES) open.clear();
  open.add(key);
}

const isSelected = (ice: Ice, address: Address) =>
  ice.nominated !== undefined && isSame(ice.nominated.remoteAddr, address);
const isSame = (a: Address, b: Address) => a[0] === b[0] && a[1] === b[1];
