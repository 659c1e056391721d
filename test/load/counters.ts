/** What goes over the sockets of all nodes, counted at their end: text of frames, without WebSocket and TCP around it. */
import { type DialRelay, dialRelay } from '../../src/signaling/relay-socket.js';

/** From the relay's point of view. */
export interface Traffic {
  /** Events that it is given, and all frames with them. */
  eventsIn: number;
  bytesIn: number;
  /** Copies of events that it hands out; bytes with its answers. */
  eventsOut: number;
  bytesOut: number;
}

export class Counters {
  readonly total: Traffic = { eventsIn: 0, bytesIn: 0, eventsOut: 0, bytesOut: 0 };
  /** Largest text of an event on its way in. */
  largest = 0;

  readonly dial: DialRelay = (url, facts) => {
    const { total } = this;
    const socket = dialRelay(url, {
      ...facts,
      frame: (text) => {
        total.bytesOut += Buffer.byteLength(text);
        if (text.startsWith('["EVENT"')) total.eventsOut += 1;
        facts.frame(text);
      },
    });
    return {
      send: (text) => {
        const taken = socket.send(text);
        if (!taken) return false;
        const bytes = Buffer.byteLength(text);
        total.bytesIn += bytes;
        if (!text.startsWith('["EVENT"')) return true;
        total.eventsIn += 1;
        this.largest = Math.max(this.largest, bytes);
        return true;
      },
      ping: () => socket.ping(),
      close: () => socket.close(),
    };
  };

  since(before: Traffic): Traffic {
    const { eventsIn, bytesIn, eventsOut, bytesOut } = this.total;
    return {
      eventsIn: eventsIn - before.eventsIn,
      bytesIn: bytesIn - before.bytesIn,
      eventsOut: eventsOut - before.eventsOut,
      bytesOut: bytesOut - before.bytesOut,
    };
  }
}
