/** An address on a TURN server: asked for over UDP, TCP or TLS, and given back when it is no longer needed. */
import { isIPv6 } from 'node:net';
import { classes, Message, methods, StunOverTurnProtocol, type Transport, TurnProtocol } from 'werift';
import type { TurnServer } from './ice-servers.js';
import { type Relay, type Turn, transports } from './internals.js';

const CONNECT_MS = 5_000;
/** The next server is asked beside one that has not answered by then: a wall that swallows UDP costs no more. */
const NEXT_SERVER_MS = 300;
const LIFETIME_SECONDS = 600;
/** Below the 300 s of a permission, which a server may count apart from the channel it belongs to. */
const CHANNEL_REFRESH_SECONDS = 240;

export interface RelaySearch {
  servers: readonly TurnServer[];
  failed(server: TurnServer, error: unknown): void;
  /** Ends the search: nothing is asked any more, and nothing is left open. */
  signal: AbortSignal;
}

/** The first server that gives an address, in the order of the configuration; undefined when none does. */
export function findRelay({ servers, failed, signal }: RelaySearch): Promise<Relay | undefined> {
  const found = new AbortController();
  const over = AbortSignal.any([signal, found.signal]);
  return new Promise((resolve) => {
    let asked = 0;
    let waiting = 0;
    let timer: NodeJS.Timeout | undefined;
    const end = (relay: Relay | undefined) => {
      found.abort();
      resolve(relay);
    };
    const askNext = () => {
      clearTimeout(timer);
      const server = over.aborted ? undefined : servers[asked++];
      if (!server) {
        if (waiting === 0) end(undefined);
        return;
      }
      waiting += 1;
      timer = setTimeout(askNext, NEXT_SERVER_MS);
      allocate(server, over).then(end, (error) => {
        waiting -= 1;
        if (!over.aborted) failed(server, error);
        askNext();
      });
    };
    over.addEventListener('abort', () => clearTimeout(timer), { once: true });
    askNext();
  });
}

/** Rejects without leaving anything open. */
async function allocate(server: TurnServer, signal: AbortSignal): Promise<Relay> {
  const { address, username, password } = server;
  const transport = newTransport(server);
  const options = { channelRefreshTime: CHANNEL_REFRESH_SECONDS };
  const turn = new TurnProtocol(address, username, password, LIFETIME_SECONDS, transport, options);
  const giveUp = () => void turn.close();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await transport.init();
    await turn.connectionMade();
    signal.throwIfAborted();
    return new StunOverTurnProtocol(turn) as unknown as Relay;
  } catch (error) {
    await turn.close();
    // It has asked for them and then says nothing: its refusal carries no signature, and is not believed.
    const isSilent = !(error as { response?: unknown }).response;
    const wasAsked = (turn as unknown as Turn).integrityKey !== undefined;
    throw isSilent && wasAsked ? new Error('it does not take this username and credential') : error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function newTransport({ transport, address }: TurnServer): Transport & { init(): Promise<void> } {
  const bounded = { connectTimeoutMs: CONNECT_MS };
  switch (transport) {
    case 'udp':
      return new transports.Udp(isIPv6(address[0]) ? 'udp6' : 'udp4');
    case 'tcp':
      return new transports.Tcp(address, bounded);
    case 'tls':
      return new transports.Tls(address, {}, bounded);
  }
}

/** Servers keep an address for its whole lifetime, and limit how many one user has, unless it is given back. */
export function giveRelaysBack(): void {
  const close = TurnProtocol.prototype.close;
  TurnProtocol.prototype.close = async function (this: TurnProtocol) {
    const turn = this as unknown as Turn;
    await giveBack(turn).catch(() => {});
    // What still waits for an answer would hold the process for seconds.
    for (const transaction of Object.values(turn.transactions)) transaction.cancel();
    await close.call(this);
  };
}

async function giveBack(turn: Turn): Promise<void> {
  const { integrityKey, serverEndpoint, username, realm, nonce } = turn;
  if (!turn.relayedAddress || !integrityKey || !serverEndpoint) return;
  const request = new Message(methods.REFRESH, classes.REQUEST)
    .setAttribute('LIFETIME', 0)
    .setAttribute('USERNAME', username)
    .setAttribute('REALM', realm)
    .setAttribute('NONCE', nonce)
    .addMessageIntegrity(integrityKey)
    .addFingerprint();
  await turn.sendStun(request, serverEndpoint);
  // A UDP socket sends a turn later, and not at all when it is closed by then.
  await new Promise((resolve) => setImmediate(resolve));
}
