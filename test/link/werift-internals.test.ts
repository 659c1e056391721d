/**
 * The link leans on internals that werift does not promise (src/link/werift/internals.ts). This compares every one of
 * them with the installed version, unpatched: after an upgrade read what changed, then adjust the patches, then this.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CandidatePairState,
  Connection,
  DtlsClient,
  RTCDtlsTransport,
  RTCPeerConnection,
  RTCSctpTransport,
} from 'werift';
import { asDtls, type Dtls, type Ice, iceOf, PairState, sctpOf } from '../../src/link/werift/internals.js';

type Shape = Record<string, string>;

/** `typeof` of each member, for comparison with what is expected. */
function shapeOf(value: unknown, expected: Shape): Shape {
  const members = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(expected).map((name) => [name, Array.isArray(members[name]) ? 'array' : typeof members[name]]),
  );
}

function expectShape(value: unknown, expected: Shape): void {
  expect(shapeOf(value, expected)).toEqual(expected);
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

function newConnection(): RTCPeerConnection {
  return new RTCPeerConnection({
    iceServers: [],
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ['127.0.0.1'],
    iceInterfaceAddresses: { udp4: '127.0.0.1' },
  });
}

/** Gathering would ask werift's own public server, and tests stay on this machine. */
function withoutStun(pc: RTCPeerConnection): void {
  const ice = iceOf(pc);
  if (ice) ice.stunServer = undefined;
}

const firstDtls = (pc: RTCPeerConnection): Dtls => asDtls(pc.dtlsTransports[0] as RTCDtlsTransport);

describe('werift 0.25.2, as it comes', () => {
  let offerer: RTCPeerConnection;
  let answerer: RTCPeerConnection;

  beforeAll(async () => {
    offerer = newConnection();
    answerer = newConnection();
    const channel = offerer.createDataChannel('myownmesh');
    const opened = new Promise<void>((resolve) => {
      channel.stateChanged.subscribe((state) => state === 'open' && resolve());
    });
    const offer = await offerer.createOffer();
    withoutStun(offerer);
    await offerer.setLocalDescription(offer);
    await answerer.setRemoteDescription(offerer.localDescription!);
    withoutStun(answerer);
    await answerer.setLocalDescription(await answerer.createAnswer());
    await offerer.setRemoteDescription(answerer.localDescription!);
    await opened;
  });

  afterAll(async () => {
    await Promise.all([offerer.close(), answerer.close()]);
  });

  it('is the version the patches were written for', () => {
    const manifest = new URL('../../node_modules/werift/package.json', import.meta.url);
    expect(JSON.parse(readFileSync(manifest, 'utf8')).version).toBe('0.25.2');
  });

  it('has the functions that are replaced or wrapped, word for word', () => {
    const sources: Record<string, unknown> = {
      'Connection.connect': (Connection.prototype as unknown as Ice).connect,
      'Connection.checkComplete': (Connection.prototype as unknown as Ice).checkComplete,
      'Connection.ensureProtocol': (Connection.prototype as unknown as Ice).ensureProtocol,
      'Connection.applyStunTurnServersFromOptions': (Connection.prototype as unknown as Ice)
        .applyStunTurnServersFromOptions,
      'Connection.schedulingChecks': (Connection.prototype as unknown as Ice).schedulingChecks,
      'RTCDtlsTransport.start': RTCDtlsTransport.prototype.start,
      'RTCSctpTransport.setDtlsTransport': RTCSctpTransport.prototype.setDtlsTransport,
      'DtlsClient.connect': DtlsClient.prototype.connect,
    };
    expect(Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, digest(String(source))]))).toEqual(
      {
        'Connection.connect': 'f492921fb411c16a',
        'Connection.checkComplete': '887db45e0ec00162',
        'Connection.ensureProtocol': '80c0c7cf44010f8e',
        'Connection.applyStunTurnServersFromOptions': '42edad3a1ae5f330',
        'Connection.schedulingChecks': '8613d4e1ace7cbb3',
        'RTCDtlsTransport.start': '8d4797fba97cc56d',
        'RTCSctpTransport.setDtlsTransport': 'a10dd5d5fcbe6393',
        'DtlsClient.connect': '61b9240b5ba00f07',
      },
    );
  });

  it('numbers the states of a pair as we do', () => {
    expect(PairState).toEqual({
      frozen: CandidatePairState.FROZEN,
      waiting: CandidatePairState.WAITING,
      inProgress: CandidatePairState.IN_PROGRESS,
      succeeded: CandidatePairState.SUCCEEDED,
      failed: CandidatePairState.FAILED,
    });
  });

  it('has the ICE internals', () => {
    const ice = iceOf(offerer)!;
    expectShape(ice, {
      state: 'string',
      generation: 'number',
      nominated: 'object',
      checkList: 'array',
      earlyChecks: 'array',
      earlyChecksDone: 'boolean',
      remoteCandidates: 'array',
      localCandidates: 'array',
      localCandidatesStart: 'boolean',
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
    });
    expect(['connected', 'completed']).toContain(ice.state);
    expect(Object.keys(ice.userHistory)).toEqual([ice.localUsername]);
    expectShape(ice.nominated, {
      protocol: 'object',
      state: 'number',
      remoteAddr: 'array',
      localCandidate: 'object',
      remoteCandidate: 'object',
      requestTransactionIds: 'object',
      updateState: 'function',
    });
    expect(ice.nominated?.requestTransactionIds).toBeInstanceOf(Set);
    expect(ice.nominated?.state).toBe(PairState.succeeded);
    expectShape(ice.nominated?.protocol, { datagramReceived: 'function', request: 'function' });
  });

  it('asks a public STUN server unless it is told not to', () => {
    const pc = newConnection();
    pc.createDataChannel('myownmesh');
    expect(iceOf(pc)?.stunServer).toBeDefined();
  });

  it('has the DTLS internals, and flights that end at 6 and 7', () => {
    const server = firstDtls(offerer);
    const client = firstDtls(answerer);
    expect([server.state, client.state]).toEqual(['connected', 'connected']);
    expect(server.dtls).not.toBeInstanceOf(DtlsClient);
    expect(client.dtls).toBeInstanceOf(DtlsClient);
    expect([server.dtls?.dtls.flight, client.dtls?.dtls.flight]).toEqual([6, 7]);
    for (const { dtls: socket, ...transport } of [server, client]) {
      expectShape(transport, { state: 'string', remoteParameters: 'object', iceTransport: 'object' });
      expectShape(socket, {
        connected: 'boolean',
        cipher: 'object',
        dtls: 'object',
        transport: 'object',
        onHandleHandshakes: 'function',
        onData: 'object',
        onConnect: 'object',
        onClose: 'object',
      });
      expectShape(socket?.dtls, { flight: 'number', sortedHandshakeCache: 'array', recordSequenceNumber: 'number' });
      expectShape(socket?.dtls.sortedHandshakeCache[0], {
        msg_type: 'number',
        message_seq: 'number',
        fragment: 'object',
        serialize: 'function',
      });
      expectShape(socket?.transport, { send: 'function', socket: 'object' });
      expectShape(socket?.transport.socket, { onData: 'function' });
      expectShape(socket?.cipher, {
        masterSecret: 'object',
        localRandom: 'object',
        remoteRandom: 'object',
        remoteCertificate: 'object',
        remoteKeyPair: 'object',
        decryptPacket: 'function',
      });
      expectShape(socket?.onData, { subscribe: 'function', once: 'function', execute: 'function' });
    }
    expectShape(server.iceTransport, { state: 'string', connection: 'object', start: 'function', stop: 'function' });
  });

  it('has the SCTP internals', () => {
    const transport = sctpOf(offerer);
    expectShape(transport, { sctp: 'object', dataChannelQueue: 'array', datachannelReceive: 'function' });
    expectShape(transport?.sctp, {
      sentQueue: 'array',
      outboundQueue: 'array',
      rto: 'number',
      cwnd: 'number',
      ssthresh: 'number',
      maxPayloadSize: 'number',
      timer3Cancel: 'function',
      timer3Expired: 'function',
      transmit: 'function',
      handleData: 'function',
      onSackReceived: 'function',
    });
  });

  it('can be told that a failed connection is connected again', () => {
    const { secureManager } = offerer as unknown as { secureManager: unknown };
    expectShape(secureManager, { setConnectionState: 'function' });
  });
});
