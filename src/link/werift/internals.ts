/**
 * Every internal of werift 0.25.2 that this folder touches, in one place: names and types that the library does not
 * promise. A test compares them with the installed version, so that an upgrade fails loudly instead of silently.
 */
import {
  type RTCDtlsTransport,
  type RTCPeerConnection,
  TcpTransport,
  TlsTransport,
  type Transport,
  UdpTransport,
} from 'werift';

export type Address = [host: string, port: number];

/** What carries an ICE agent's datagrams: a UDP socket of our own, or an address on a TURN server. */
export interface Socket {
  /** The address of this machine that it was made for; undefined: a relay. */
  localIp?: string;
  localCandidate?: LocalCandidate;
  close(): Promise<void>;
  request(
    message: unknown,
    address: Address,
    integrityKey: Buffer,
    options: { retransmissions: number; responseTimeout: number },
  ): Promise<unknown>;
}

export interface Stun extends Socket {
  datagramReceived(data: Buffer, address: Address): void;
}

export interface Relay extends Socket {
  /** Data and checks from peers, by the address that the server says they come from. */
  handleStunMessage(data: Buffer, address: Address): void;
  turn: Turn;
  /** Not werift's: the address of this machine that it begins at, where that is known. */
  beginsAt?: string | undefined;
}

/** Our allocation on a TURN server. */
export interface Turn {
  transport: { type: 'udp' | 'tcp' | 'tls'; stream?: { client?: { localAddress?: string } } };
  relayedAddress: Address;
  /** Where the server sees us. */
  mappedAddress: Address;
  /** The server's address, once it has been asked. */
  serverEndpoint: Address | undefined;
  integrityKey: Buffer | undefined;
  username: string;
  realm: string;
  nonce: Buffer;
  transactions: Record<string, { cancel(): void }>;
  dataReceived(data: Buffer, address: Address): void;
  sendStun(message: unknown, address: Address): Promise<void>;
}

/** `init` connects, and can be given up by `close`; werift's own way to make one cannot. */
type Opening<Arguments extends unknown[]> = new (...args: Arguments) => Transport & { init(): Promise<void> };
interface Bounded {
  connectTimeoutMs: number;
}
export const transports = {
  Udp: UdpTransport as unknown as Opening<[type: 'udp4' | 'udp6']>,
  Tcp: TcpTransport as unknown as Opening<[server: Address, bounded: Bounded]>,
  Tls: TlsTransport as unknown as Opening<[server: Address, tls: object, bounded: Bounded]>,
};

export interface LocalCandidate {
  type: string;
  host: string;
  port: number;
  generation?: number | undefined;
  ufrag?: string | undefined;
  toSdp(): string;
}

export interface RemoteCandidate {
  type: string;
  host: string;
  port: number;
}

/** States of a candidate pair. */
export const PairState = { frozen: 0, waiting: 1, inProgress: 2, succeeded: 3, failed: 4 } as const;

export interface CandidatePair {
  protocol: Socket;
  state: number;
  remoteAddr: Address;
  localCandidate: LocalCandidate;
  remoteCandidate: RemoteCandidate;
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
  remoteCandidates: RemoteCandidate[];
  localCandidates: LocalCandidate[];
  localCandidatesStart: boolean;
  localCandidatesEnd: boolean;
  protocols: Socket[];
  userHistory: Record<string, string>;
  localUsername: string;
  remoteUsername: string;
  remotePassword: string;
  iceControlling: boolean;
  options: { additionalHostAddresses?: string[]; interfaceAddresses?: { udp4: string } | undefined };
  stunServer: unknown;
  turnServer: unknown;
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
  checkStart(pair: CandidatePair): { resolve?: () => void };
  checkComplete(pair: CandidatePair): void;
  connect(): Promise<void>;
  ensureProtocol(protocol: unknown): unknown;
  applyStunTurnServersFromOptions(): void;
  gatherCandidates(): Promise<void>;
  getCandidatePromises(addresses: string[]): Promise<unknown>[];
  appendLocalCandidate(candidate: LocalCandidate): void;
  pairLocalProtocol(protocol: Socket): void;
  close(): Promise<void>;
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
