/**
 * werift looks at the machine's addresses once, asks one STUN and one TURN server, and lets the description wait for
 * their answers. Here the addresses are read anew for each description, which goes out at once; what the servers say
 * follows as candidates, so that a dead server delays no direct path.
 */
import { isIP } from 'node:net';
import {
  Candidate,
  Connection,
  candidateFoundation,
  candidatePriority,
  StunProtocol,
  serverReflexiveCandidate,
} from 'werift';
import type { IceServer } from '../link.js';
import { hostAddresses } from './addresses.js';
import { failureOf, type IceServers, parseServers, type StunServer } from './ice-servers.js';
import { type Ice, type LocalCandidate, PairState, type Relay, type Socket } from './internals.js';
import { findRelay } from './relay.js';
import { candidateLine } from './sdp.js';

export interface GatherOptions {
  iceServers: IceServer[];
  loopbackOnly: boolean;
  /** What a server made us known by, as an `a=candidate` value, after the description was read. */
  candidate(line: string): void;
  /** `reason`: for a person. */
  serverFailed(url: string, reason: string): void;
}

interface Gathering extends GatherOptions {
  servers: IceServers;
}

const gatherings = new WeakMap<Ice, Gathering>();
/** Ends the search for a relay of the generation before. */
const searches = new WeakMap<Ice, AbortController>();

/** Before the first local description. A connection without it gathers what its options name, and asks nobody. */
export function gatherWith(ice: Ice, options: GatherOptions): void {
  const servers = parseServers(options.iceServers);
  for (const { url, reason } of servers.unusable) options.serverFailed(url, reason);
  gatherings.set(ice, { ...options, servers });
}

export function gatherAtOnce(): void {
  const prototype = Connection.prototype as unknown as Ice;
  const close = prototype.close;
  /** Never its own default server. */
  prototype.applyStunTurnServersFromOptions = function (this: Ice) {
    this.stunServer = undefined;
    this.turnServer = undefined;
  };
  prototype.gatherCandidates = async function (this: Ice) {
    if (!this.localCandidatesStart) {
      this.localCandidatesStart = true;
      const gathering = gatherings.get(this);
      const named = this.options.additionalHostAddresses ?? [];
      await openSockets(this, gathering ? hostAddresses(gathering.loopbackOnly) : named);
      // Closed meanwhile: what was opened since is closed by nobody else.
      if (isClosed(this)) return close.call(this);
      this.localCandidatesEnd = true;
      if (gathering) askServers(this, gathering);
    }
    this.setState('completed');
  };
  prototype.close = async function (this: Ice) {
    searches.get(this)?.abort();
    await close.call(this);
  };
}

const isClosed = (ice: Ice) => ice.state === 'closed';

/** A path is found: an address on a TURN server that it does not need, and the far end was never asked by, is given back. */
export function releaseRelays(ice: Ice): void {
  searches.get(ice)?.abort();
  const isUsed = (socket: Socket) =>
    socket instanceof StunProtocol ||
    ice.checkList.some(({ protocol, state }) => protocol === socket && state !== PairState.failed);
  const unused = ice.protocols.filter((socket) => !isUsed(socket));
  ice.protocols = ice.protocols.filter(isUsed);
  for (const socket of unused) void socket.close().catch(() => {});
}

/** Sockets of addresses that the machine still has are kept over a restart; the others lead nowhere. */
async function openSockets(ice: Ice, addresses: string[]): Promise<void> {
  const isKept = (socket: Socket) => socket instanceof StunProtocol && addresses.includes(socket.localIp ?? '');
  const dropped = ice.protocols.filter((socket) => !isKept(socket));
  ice.protocols = ice.protocols.filter(isKept);
  for (const socket of dropped) void socket.close().catch(() => {});
  for (const { localCandidate } of ice.protocols) {
    if (!localCandidate) continue;
    localCandidate.generation = ice.generation;
    localCandidate.ufrag = ice.localUsername;
    ice.appendLocalCandidate(localCandidate);
  }
  const loopbackAlone = addresses.length === 1 && addresses[0] === '127.0.0.1';
  ice.options.interfaceAddresses = loopbackAlone ? { udp4: '127.0.0.1' } : undefined;
  await Promise.allSettled(ice.getCandidatePromises(addresses));
}

function askServers(ice: Ice, { servers, loopbackOnly, candidate, serverFailed }: Gathering): void {
  const { generation } = ice;
  searches.get(ice)?.abort();
  const search = new AbortController();
  searches.set(ice, search);
  const isWanted = () => ice.generation === generation && !ice.nominated && !isClosed(ice);
  const offer = (found: LocalCandidate) => {
    found.ufrag = ice.localUsername;
    ice.appendLocalCandidate(found);
    candidate(candidateLine(found));
  };

  for (const server of servers.stun) {
    void askStun(ice, server, (found) => {
      if (isWanted() && !isKnown(ice, found)) offer(found);
    }).then((answered) => {
      if (!answered && !isClosed(ice)) serverFailed(server.url, 'no answer');
    });
  }
  if (servers.turn.length === 0) return;
  void findRelay({
    servers: servers.turn,
    failed: ({ url }, error) => serverFailed(url, failureOf(error)),
    signal: search.signal,
  }).then((relay) => {
    if (!relay) return;
    if (!isWanted()) return void relay.close();
    relay.beginsAt = startOf(relay, hostAddresses(loopbackOnly));
    offer(useRelay(ice, relay));
  });
}

/** Each of our sockets asks, as each may be seen by another address. Resolves whether the server has answered any. */
async function askStun(
  ice: Ice,
  { address }: StunServer,
  found: (candidate: LocalCandidate) => void,
): Promise<boolean> {
  const [host] = address;
  // A host name is looked up for IPv4 alone: behind NATs are IPv4 addresses.
  const family = isIP(host) || 4;
  const sockets = ice.protocols.filter(
    (socket) => socket instanceof StunProtocol && isIP(socket.localIp ?? '') === family,
  );
  const answers = await Promise.all(
    sockets.map(async (socket) => {
      const candidate = await serverReflexiveCandidate(socket as never, address);
      if (candidate) found(candidate as unknown as LocalCandidate);
      return candidate !== undefined;
    }),
  );
  return answers.length === 0 || answers.includes(true);
}

const isKnown = (ice: Ice, found: LocalCandidate) =>
  ice.localCandidates.some(({ host, port }) => host === found.host && port === found.port);

/** Over UDP the server tells where it sees us; behind a NAT that is no address of ours. */
function startOf({ turn }: Relay, addresses: string[]): string | undefined {
  const { transport, mappedAddress } = turn;
  return transport.stream?.client?.localAddress ?? addresses.find((address) => address === mappedAddress[0]);
}

function useRelay(ice: Ice, relay: Relay): LocalCandidate {
  const { relayedAddress, mappedAddress } = relay.turn;
  ice.ensureProtocol(relay);
  ice.protocols.push(relay);
  const found = new Candidate(
    candidateFoundation('relay', 'udp', relayedAddress[0]),
    1,
    'udp',
    candidatePriority('relay'),
    ...relayedAddress,
    'relay',
    ...mappedAddress,
  );
  relay.localCandidate = found;
  ice.pairLocalProtocol(relay);
  return found;
}
