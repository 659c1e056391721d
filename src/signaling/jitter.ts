/** Upstream's deterministic jitter: each device waits its own, repeatable, time, so a restarted relay meets no stampede. */
import { createHash } from 'node:crypto';
import { relayBackoffMs } from '../../machines/tunables.js';

/** `baseMs` ± 15 %, drawn from a hash of seed and salt. */
export function jitterMs(baseMs: number, seed: string, salt: number): number {
  const spanMs = Math.floor((baseMs * 30) / 100);
  if (spanMs === 0) return baseMs;
  const saltBytes = Buffer.alloc(8);
  saltBytes.writeBigUInt64LE(BigInt(salt));
  const raw = createHash('sha256').update(seed).update(saltBytes).digest().readBigUInt64LE(0);
  return baseMs - Math.floor((baseMs * 15) / 100) + Number(raw % BigInt(spanMs + 1));
}

/** Wait before dial number `attempt` (from 1) of a relay. */
export function jitteredBackoffMs(attempt: number, deviceId: string, room: string, url: string): number {
  return jitterMs(relayBackoffMs(attempt), `${deviceId}:${room}:${url}`, attempt);
}
