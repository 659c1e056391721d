import { fastIce } from './fast-ice.js';
import { guardDtls } from './guard-dtls.js';
import { guardSctp } from './guard-sctp.js';
import { guardStun } from './guard-stun.js';
import { dropDefaultStun } from './no-default-stun.js';
import { preferP256 } from './one-curve.js';

let patched = false;

/** Once per process, before the first connection. The only state at module level: prototypes are the process's anyway. */
export function patchWerift(): void {
  if (patched) return;
  patched = true;
  dropDefaultStun();
  preferP256();
  guardStun();
  guardDtls();
  guardSctp();
  fastIce();
}
