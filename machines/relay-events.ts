/**
 * What can happen to the connection to one relay. `socket` names the socket a fact is about; a fact of a socket that
 * the context does not name is late and changes nothing.
 */
export type RelayEvent =
  | { type: 'OPENED'; socket: number }
  /** The relay has replayed what it stored (EOSE): it hears us. */
  | { type: 'SUBSCRIBED'; socket: number }
  /** The relay closed our subscription: it takes no tag values that are not hex. */
  | { type: 'REFUSED'; socket: number; reason: string }
  /** The relay confirmed an announce of ours. */
  | { type: 'ANNOUNCED'; socket: number }
  /** Answer to the latest ping. */
  | { type: 'PONG'; socket: number }
  | { type: 'LOST'; socket: number; reason: string }
  /** Our own process was away, or somebody asked: do not wait, find out whether the relay still hears us. */
  | { type: 'CHECK' }
  | { type: 'CLOSE' };

/** Plain bounded JSON. Sockets are named by small growing numbers, 0 = none. */
export interface RelayContext {
  url: string;
  /** Failed attempts in a row, capped. */
  attempt: number;
  /** Highest socket number given out. */
  lastSocket: number;
  /** The socket in use, or the one being dialled when there is none in use. */
  socket: number;
  /** Dialled beside one that stopped answering: it takes over once the relay has admitted it. */
  spare: number;
  /** Replaced, and open until the relay has heard us on the new one: closing it earlier looks like a departure. */
  retiring: number;
  /** Subscribe in two parts without device ids, since this relay refused the usual form. */
  split: boolean;
  /** Why the last change happened. */
  reason: string;
}

export interface RelayInput {
  url: string;
}

export const newRelayContext = ({ url }: RelayInput): RelayContext => ({
  url,
  attempt: 0,
  lastSocket: 0,
  socket: 0,
  spare: 0,
  retiring: 0,
  split: false,
  reason: 'start',
});
