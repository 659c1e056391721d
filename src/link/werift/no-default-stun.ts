/** werift asks a public STUN server that nobody configured, and waits for it. Only configured servers are used here. */
import { Connection } from 'werift';
import type { Ice } from './internals.js';

export function dropDefaultStun(): void {
  const prototype = Connection.prototype as unknown as Ice;
  const apply = prototype.applyStunTurnServersFromOptions;
  prototype.applyStunTurnServersFromOptions = function (this: Ice) {
    apply.call(this);
    if (!this.options.stunServer) this.stunServer = undefined;
  };
}
