/** Our subscription: which events a relay shall send us. */
import { EPHEMERAL_KIND, PRESENCE_KIND } from './nostr-event.js';

export const SUBSCRIPTION_ID = 'mom-sig-1';
const UNTARGETED_SUBSCRIPTION_ID = 'mom-sig-2';
/** How far back presence is replayed. */
const PRESENCE_WINDOW_SECONDS = 120;

export interface SubscriptionForm {
  room: string;
  deviceId: string;
  nowSeconds: number;
  /** Everything of the room, for the sake of peers that do not tag the recipient. */
  wide: boolean;
  /** Two subscriptions without device ids: some public relays take only hexadecimal tag values. */
  split: boolean;
}

/** The REQ frames, in sending order. Key order is upstream's. */
export function subscriptionFrames({ room, deviceId, nowSeconds, wide, split }: SubscriptionForm): string[] {
  const presence = {
    '#r': [room],
    kinds: [PRESENCE_KIND],
    since: Math.max(0, nowSeconds - PRESENCE_WINDOW_SECONDS),
  };
  const toUs = { '#p': [deviceId, room], '#r': [room], kinds: [EPHEMERAL_KIND] };
  const toAnybody = { '#r': [room], kinds: [EPHEMERAL_KIND] };
  const frames = split
    ? [
        ['REQ', UNTARGETED_SUBSCRIPTION_ID, toAnybody],
        ['REQ', SUBSCRIPTION_ID, presence],
      ]
    : [['REQ', SUBSCRIPTION_ID, presence, toUs, ...(wide ? [toAnybody] : [])]];
  return frames.map((frame) => JSON.stringify(frame));
}

export function isOurSubscription(id: string): boolean {
  return id === SUBSCRIPTION_ID || id === UNTARGETED_SUBSCRIPTION_ID;
}
