import { fastIce } from './fast-ice.js';
import { gatherAtOnce } from './gather.js';
import { guardDtls } from './guard-dtls.js';
import { guardSctp } from './guard-sctp.js';
import { guardSockets } from './guard-sockets.js';
import { guardStun } from './guard-stun.js';
import { preferP256 } from './one-curve.js';
import { giveRelaysBack } from './relay.js';

let patched = false;

/** Once per process, before the first connection. The only state at module level: prototypes are the process's anyway. */
export function patchWerift(): void {
  if (patched) return;
  patched = true;
  preferP256();
  gatherAtOnce();
  giveRelaysBack();
  guardSockets();
  guardStun();
  guardDtls();
  guardSctp();
  fastIce();
}
