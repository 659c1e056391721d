/**
 * The device key's signature in an advertisement, as one TXT entry that upstream ignores: an announce that is multicast
 * once for all proves as much as one over a relay, and a goodbye is a signed leave.
 */
import { type Envelope, readEnvelope } from '../envelope.js';

export const MARK_KEY = 'wm';

/** From the envelope text of an announce or leave. */
export function markOf(content: string): string {
  const { boot, seq, reflection, sig } = JSON.parse(content).wm;
  return [boot, seq, reflection ? 1 : 0, sig].join('.');
}

/** What a device says by advertising itself, or by its goodbye. Undefined when it is marked with what is no mark. */
export function advertisedMessage(
  kind: 'announce' | 'leave',
  from: string,
  mark: string | undefined,
): Envelope | undefined {
  const bare = { kind, from, peer_id: from, to: null };
  if (mark === undefined) return readEnvelope(bare);
  const parts = /^(\d{1,15})\.(\d{1,15})\.([01])\.([a-z2-7]+)$/.exec(mark);
  if (!parts) return undefined;
  const [, boot, seq, reflection, sig] = parts;
  return readEnvelope({
    ...bare,
    wm: { boot: Number(boot), seq: Number(seq), neg: '', reflection: reflection === '1', sig },
  });
}
