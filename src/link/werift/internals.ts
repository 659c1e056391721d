/**
 * Every internal of werift 0.25.2 that this folder touches, in one place: names and types that the library does not
 * promise. A test compares them with the installed version, so that an upgrade fails loudly instead of silently.
 */
import type { RTCDtlsTransport, RTCPeerConnection } from 'werift';

export type Address = [host: string, port: number];

export interface Stun {
  datagramReceived(data: Buffer, address: Address): void;
  request(
    message: unknown,
    address: Address,
    integrityKey: Buffer,
    options: { retransmissions: number; responseTimeout: number },
  ): Promise<unknown>;
}

/** States of a candidate pair. */
export const PairState = { frozen: 0, waiting: 1, inProgress: 2, succeeded: 3, failed: 4 } as const;

export interface CandidatePair {
  protocol: Stun;
  state: number;
  remoteAddr: Address;
  localCandidate: { type: string };
  remoteCandidate: { type: string };
  nominated: boolean;
  requestTransactionIds: Set<string>;
  updateState(state: number): void;
}

export interface Ice {
  state: string;
  generation: number;
  nominated: CandidatePair | undefined;
  checkList: CandidatePair[];
  earlyChecks: [message: unknown, address: Address, ...rest: unknown[]][];
  earlyChecksDone: boolean;
  remoteCandidates: { type: string }[];
  localCandidates: { type: string }[];
  localCandidatesStart: boolean;
  userHistory: Record<string, string>;
  localUsername: string;
  remoteUsername: string;
  remotePassword: string;
  iceControlling: boolean;
  options: { stunServer?: unknown };
  stunServer: unknown;
  stateChanged: Subscribable<[string]>;
  onData: Subscribable<[Buffer]>;
  buildRequest(options: object): unknown;
  queryConsent(): void;
  setState(state: string): void;
  schedulingChecks(): boolean;
  pairRemoteCandidate(candidate: unknown): void;
  sortCheckList(): void;
  unfreezeInitial(): void;
  checkIncoming(message: unknown, address: Address, ...rest: unknown[]): void;
  checkComplete(pair: CandidatePair): void;
  connect(): Promise<void>;
  ensureProtocol(protocol: unknown): unknown;
  applyStunTurnServersFromOptions(): void;
}

export interface Subscribable<Args extends unknown[]> {
  subscribe(handler: (...args: Args) => void): { unSubscribe: () => void };
  once(handler: (...args: Args) => void): void;
  execute: (...args: Args) => unknown;
}

export interface HandshakeMessage {
  msg_type: number;
  message_seq: number;
  fragment: Buffer;
  serialize(): Buffer;
}

export interface Cipher {
  masterSecret: Buffer;
  localRandom: { serialize(): Buffer };
  remoteRandom: { serialize(): Buffer };
  remoteCertificate: Buffer | undefined;
  remoteKeyPair: { publicKey: Buffer } | undefined;
  decryptPacket(record: object): Buffer;
}

/** A DTLS client or server. */
export interface DtlsSocket {
  connected: boolean;
  cipher: Cipher;
  dtls: { flight: number; sortedHandshakeCache: HandshakeMessage[]; recordSequenceNumber: number };
  transport: { send: (data: Buffer, ...rest: unknown[]) => Promise<void>; socket: { onData: (data: Buffer) => void } };
  onHandleHandshakes: (messages: HandshakeMessage[]) => Promise<unknown>;
  onData: Subscribable<[Buffer]>;
  onConnect: Subscribable<[]>;
  onClose: { execute(): void };
  connect(): Promise<void>;
}

export interface Dtls {
  state: string;
  dtls: DtlsSocket | undefined;
  remoteParameters: { fingerprints: { algorithm: string; value: string }[] } | undefined;
  iceTransport: { state: string; connection: Ice; start(): Promise<void>; stop(): Promise<void> };
  onStateChange: Subscribable<[string]>;
}

export interface DataChunk {
  tsn: number;
  streamId: number;
}

export interface Sctp {
  /** `sentTime`: wall clock, seconds. */
  sentQueue: { userData: Buffer; sentCount: number; sentTime: number; retransmit: boolean }[];
  outboundQueue: { userData: Buffer }[];
  /** Retransmission timeout, seconds. */
  rto: number;
  /** Smoothed round trip and its variation, seconds. */
  srtt: number;
  rttvar: number;
  updateRto(seconds: number): void;
  cwnd: number;
  ssthresh: number;
  maxPayloadSize: number;
  timer3Cancel(): void;
  timer3Expired(): void;
  transmit(): Promise<void>;
  handleData(data: Buffer): Promise<void>;
  receiveDataChunk(chunk: DataChunk): void;
  lastReceivedTsn: number;
  sackMisOrdered: Set<number>;
  /** Negative when the far end has sent more than it was allowed to. */
  advertisedRwnd: number;
  inboundStreams: Record<number, { reassembly: unknown[] }>;
  onSackReceived: () => Promise<void>;
}

export interface SctpTransport {
  sctp: Sctp | undefined;
  dtlsTransport: Dtls;
  dataChannels: Record<number, unknown>;
  dataChannelQueue: [channel: unknown, ppid: number, data: Buffer][];
  datachannelReceive: (streamId: number, ppid: number, data: Buffer) => Promise<void>;
}

export const iceOf = (pc: RTCPeerConnection): Ice | undefined =>
  pc.iceTransports[0]?.connection as unknown as Ice | undefined;
export const dtlsOf = (pc: RTCPeerConnection): Dtls | undefined => pc.dtlsTransports[0] as unknown as Dtls | undefined;
export const asDtls = (transport: RTCDtlsTransport): Dtls => transport as unknown as Dtls;
export const sctpOf = (pc: RTCPeerConnection): SctpTransport | undefined =>
  pc.sctpTransport as unknown as SctpTransport | undefined;
/** werift knows only this way to say that a failed connection is connected again. */
export const sayConnected = (pc: RTCPeerConnection): void =>
  (pc as unknown as { secureManager: { setConnectionState(state: string): void } }).secureManager.setConnectionState(
    'connected',
  );
