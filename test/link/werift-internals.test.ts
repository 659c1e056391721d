/**
 * The link leans on names and numbers that werift does not promise. An upgrade that changes one fails here, by name,
 * instead of opening a hole that only an attacker would find.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CandidatePairState,
  Connection,
  DtlsClient,
  DtlsServer,
  RTCDtlsTransport,
  type RTCPeerConnection,
  RTCSctpTransport,
  StunOverTurnProtocol,
  StunProtocol,
  TurnProtocol,
} from 'werift';
import { newConnection } from '../../src/link/werift/connection.js';
import { dtlsOf, iceOf, PairState, sctpOf, transports } from '../../src/link/werift/internals.js';

const OPEN_BOUND_MS = 20_000;
const POLL_MS = 5;

type Shape = Record<string, string>;

function manifest(): { version: string } {
  let folder = dirname(createRequire(import.meta.url).resolve('werift'));
  for (; ; folder = dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version: string;
      };
      if (found.name === 'werift') return found;
    } catch {
      // further up
    }
  }
}

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  if (value instanceof Set) return 'set';
  if (Buffer.isBuffer(value)) return 'buffer';
  return typeof value;
};

/** What `shape` names, as it is. */
function shapeOf(value: unknown, shape: Shape): Shape {
  const found = value as Record<string, unknown>;
  return Object.fromEntries(Object.keys(shape).map((name) => [name, kindOf(found?.[name])]));
}

const digestOf = (source: unknown) => createHash('sha256').update(String(source)).digest('hex').slice(0, 16);

const has = (what: string, value: () => unknown, shape: Shape) =>
  it(`${what} has what the link touches`, () => expect(shapeOf(value(), shape)).toEqual(shape));

describe('werift internals', () => {
  let offerer: RTCPeerConnection;
  let answerer: RTCPeerConnection;
  const flights = new Map<RTCPeerConnection, number[]>();

  beforeAll(async () => {
    offerer = await newConnection();
    answerer = await newConnection();
    const channel = offerer.createDataChannel('x');
    const offer = await offerer.createOffer();
    onLoopback(offerer);
    flights.set(offerer, flightsOf(offerer));
    await offerer.setLocalDescription(offer);
    await answerer.setRemoteDescription(offerer.localDescription as never);
    onLoopback(answerer);
    flights.set(answerer, flightsOf(answerer));
    await answerer.setLocalDescription(await answerer.createAnswer());
    await offerer.setRemoteDescription(answerer.localDescription as never);
    const endMs = performance.now() + OPEN_BOUND_MS;
    while (channel.readyState !== 'open') {
      if (performance.now() > endMs) throw new Error('bare werift did not connect');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  });
  afterAll(() => Promise.all([offerer.close(), answerer.close()]));

  it('are those of 0.25.2', () => expect(manifest().version).toBe('0.25.2'));

  it('number the states of a pair as the link does', () =>
    expect(PairState).toEqual({
      frozen: CandidatePairState.FROZEN,
      waiting: CandidatePairState.WAITING,
      inProgress: CandidatePairState.IN_PROGRESS,
      succeeded: CandidatePairState.SUCCEEDED,
      failed: CandidatePairState.FAILED,
    }));

  // After an upgrade: read what changed, adjust the patch, then this.
  it('have the functions that are replaced or wrapped, word for word', () => {
    const replaced: [object, string, digest: string][] = [
      [Connection.prototype, 'connect', 'f492921fb411c16a'],
      [Connection.prototype, 'checkComplete', '887db45e0ec00162'],
      [Connection.prototype, 'ensureProtocol', '80c0c7cf44010f8e'],
      [Connection.prototype, 'applyStunTurnServersFromOptions', '42edad3a1ae5f330'],
      [Connection.prototype, 'gatherCandidates', 'aada7d207dee2ad0'],
      [Connection.prototype, 'getCandidatePromises', 'ac1b809ff57e0f7c'],
      [Connection.prototype, 'close', '4c21cdec88652283'],
      [Connection.prototype, 'schedulingChecks', '8613d4e1ace7cbb3'],
      [RTCDtlsTransport.prototype, 'start', '8d4797fba97cc56d'],
      [RTCSctpTransport.prototype, 'setDtlsTransport', 'a10dd5d5fcbe6393'],
      [DtlsClient.prototype, 'connect', '61b9240b5ba00f07'],
      [StunProtocol.prototype, 'datagramReceived', '97b20b3a7c15ad6e'],
      [StunOverTurnProtocol.prototype, 'sendData', '237e35c24ffc29ab'],
      [TurnProtocol.prototype, 'dataReceived', 'dd39c4bac35b3a88'],
      [TurnProtocol.prototype, 'close', '8ef726f4e32c4e8b'],
      [transports.Udp.prototype, 'init', '3782aa6a15352c14'],
    ];
    const changed = replaced.filter(([prototype, name, digest]) => digestOf(Reflect.get(prototype, name)) !== digest);
    expect(changed.map(([, name]) => name)).toEqual([]);
  });

  has('the ICE agent', () => iceOf(offerer), {
    state: 'string',
    generation: 'number',
    nominated: 'object',
    checkList: 'array',
    earlyChecks: 'array',
    earlyChecksDone: 'boolean',
    remoteCandidates: 'array',
    localCandidates: 'array',
    localCandidatesStart: 'boolean',
    localCandidatesEnd: 'boolean',
    protocols: 'array',
    userHistory: 'object',
    localUsername: 'string',
    remoteUsername: 'string',
    remotePassword: 'string',
    iceControlling: 'boolean',
    options: 'object',
    stateChanged: 'object',
    onData: 'object',
    buildRequest: 'function',
    queryConsent: 'function',
    setState: 'function',
    schedulingChecks: 'function',
    pairRemoteCandidate: 'function',
    sortCheckList: 'function',
    unfreezeInitial: 'function',
    checkIncoming: 'function',
    checkStart: 'function',
    appendLocalCandidate: 'function',
    pairLocalProtocol: 'function',
  });

  has('a candidate pair', () => iceOf(offerer)?.nominated, {
    protocol: 'object',
    state: 'number',
    remoteAddr: 'array',
    localCandidate: 'object',
    remoteCandidate: 'object',
    nominated: 'boolean',
    requestTransactionIds: 'set',
    updateState: 'function',
  });

  has('a socket', () => iceOf(offerer)?.nominated?.protocol, {
    localIp: 'string',
    localCandidate: 'object',
    datagramReceived: 'function',
    request: 'function',
    close: 'function',
  });

  const turn = async () => {
    const transport = new transports.Udp('udp4');
    await transport.init();
    return new TurnProtocol(['127.0.0.1', 9], 'someone', 'a secret', 600, transport);
  };

  it('a talk with a TURN server has what the link touches', async () => {
    const talk = await turn();
    const relay = new StunOverTurnProtocol(talk);
    expect(shapeOf(relay, { handleStunMessage: '', turn: '', request: '', close: '' })).toEqual({
      handleStunMessage: 'function',
      turn: 'object',
      request: 'function',
      close: 'function',
    });
    const shape = { transport: '', transactions: '', username: '', dataReceived: '', sendStun: '' };
    expect(shapeOf(talk, shape)).toEqual({
      transport: 'object',
      transactions: 'object',
      username: 'string',
      dataReceived: 'function',
      sendStun: 'function',
    });
    await relay.close();
  });

  has('the DTLS transport', () => dtlsOf(offerer), {
    state: 'string',
    dtls: 'object',
    remoteParameters: 'object',
    iceTransport: 'object',
    onStateChange: 'object',
  });

  const dtlsSocket: Shape = {
    connected: 'boolean',
    cipher: 'object',
    dtls: 'object',
    transport: 'object',
    onHandleHandshakes: 'function',
    onData: 'object',
    onConnect: 'object',
    onClose: 'object',
  };
  has('the DTLS server', () => dtlsOf(offerer)?.dtls, dtlsSocket);
  has('the DTLS client', () => dtlsOf(answerer)?.dtls, { ...dtlsSocket, connect: 'function' });

  has('the ICE transport', () => dtlsOf(offerer)?.iceTransport, {
    state: 'string',
    connection: 'object',
    start: 'function',
    stop: 'function',
  });

  it('keep the password of each own user name', () =>
    expect(Object.keys(iceOf(offerer)?.userHistory ?? {})).toEqual([iceOf(offerer)?.localUsername]));

  it('make the offerer the DTLS server', () => {
    expect(dtlsOf(offerer)?.dtls).toBeInstanceOf(DtlsServer);
    expect(dtlsOf(answerer)?.dtls).toBeInstanceOf(DtlsClient);
  });

  for (const [role, pc] of [
    ['server', () => offerer],
    ['client', () => answerer],
  ] as const) {
    has(`the handshake of a ${role}`, () => dtlsOf(pc())?.dtls?.dtls, {
      flight: 'number',
      sortedHandshakeCache: 'array',
      recordSequenceNumber: 'number',
    });
    has(`the keys of a ${role}`, () => dtlsOf(pc())?.dtls?.cipher, {
      masterSecret: 'buffer',
      localRandom: 'object',
      remoteRandom: 'object',
      remoteCertificate: 'buffer',
      remoteKeyPair: 'object',
      decryptPacket: 'function',
    });
    has(`a handshake message of a ${role}`, () => dtlsOf(pc())?.dtls?.dtls.sortedHandshakeCache[0], {
      msg_type: 'number',
      message_seq: 'number',
      fragment: 'buffer',
      serialize: 'function',
    });
    has(`the wire below a ${role}`, () => dtlsOf(pc())?.dtls?.transport, { send: 'function', socket: 'object' });
    has(`the receiver of a ${role}`, () => dtlsOf(pc())?.dtls?.transport.socket, { onData: 'function' });
  }

  it('number the flights of a handshake as the guards compare them', () => {
    expect(flights.get(answerer)).toEqual([1, 3, 5, 7]);
    expect(flights.get(offerer)).toEqual([2, 4, 6]);
  });

  has('an event', () => iceOf(offerer)?.stateChanged, { subscribe: 'function', once: 'function', execute: 'function' });

  has('the SCTP transport', () => sctpOf(offerer), {
    sctp: 'object',
    dataChannelQueue: 'array',
    dataChannels: 'object',
    dtlsTransport: 'object',
    datachannelReceive: 'function',
  });

  has('the SCTP association', () => sctpOf(offerer)?.sctp, {
    sentQueue: 'array',
    outboundQueue: 'array',
    rto: 'number',
    srtt: 'number',
    rttvar: 'number',
    updateRto: 'function',
    cwnd: 'number',
    ssthresh: 'number',
    maxPayloadSize: 'number',
    timer3Cancel: 'function',
    timer3Expired: 'function',
    transmit: 'function',
    handleData: 'function',
    onSackReceived: 'function',
    receiveDataChunk: 'function',
    lastReceivedTsn: 'number',
    sackMisOrdered: 'set',
    advertisedRwnd: 'number',
    inboundStreams: 'object',
  });

  it('let a failed connection be called connected again', () => {
    const { secureManager } = offerer as unknown as { secureManager: object };
    expect(shapeOf(secureManager, { setConnectionState: '' })).toEqual({ setConnectionState: 'function' });
  });
});

/** This werift is not patched: it must not ask its public server, and finds no address by itself. */
function onLoopback(pc: RTCPeerConnection): void {
  const ice = iceOf(pc);
  if (!ice) return;
  ice.stunServer = undefined;
  ice.options.additionalHostAddresses = ['127.0.0.1'];
}

/** Each number its handshake goes through, as it comes. */
function flightsOf(pc: RTCPeerConnection): number[] {
  const seen: number[] = [];
  const transport = pc.dtlsTransports[0] as RTCDtlsTransport;
  const start = transport.start.bind(transport);
  transport.start = () => {
    const started = start();
    const context = dtlsOf(pc)?.dtls?.dtls as { flight: number };
    let current = context.flight;
    Object.defineProperty(context, 'flight', {
      get: () => current,
      set: (flight: number) => {
        if (flight !== current) seen.push(flight);
        current = flight;
      },
    });
    return started;
  };
  return seen;
}
