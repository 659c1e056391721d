import { describe, expect, it } from 'vitest';
import { tunables } from '../../machines/tunables.js';
import { generateIdentity } from '../../src/identity/keys.js';
import { jitteredBackoffMs, jitterMs } from '../../src/signaling/jitter.js';
import { createEventSigner, isGenuine, nostrEvent } from '../../src/signaling/nostr-event.js';
import { isDenied, relayScore, selectRelays } from '../../src/signaling/relay-select.js';
import { DEFAULT_APP_ID, generateNetworkId, normalizeNetworkId, roomHandle } from '../../src/signaling/room.js';
import { SignalWriter } from '../../src/signaling/signal-writer.js';
import { subscriptionFrames } from '../../src/signaling/subscription.js';
import { vectors, wireVectors } from './support/vectors.js';

describe('names', () => {
  it('room handles', () => {
    for (const [network, handle] of Object.entries(vectors.room_handle)) {
      expect(roomHandle(DEFAULT_APP_ID, network)).toBe(handle);
    }
    const other = vectors.room_handle_other_app;
    for (const { app_id, network_id, handle } of [other, ...wireVectors.room_handles]) {
      expect(roomHandle(app_id, network_id)).toBe(handle);
    }
  });

  it('network ids are normalised, or refused with a reason', () => {
    for (const [text, networkId] of vectors.normalize.ok) {
      expect(normalizeNetworkId(text)).toEqual({ ok: true, networkId });
    }
    for (const text of vectors.normalize.reject) {
      expect(normalizeNetworkId(text)).toEqual({ ok: false, problem: expect.stringContaining('network id') });
    }
  });

  it('generated ids are valid and use the whole alphabet', () => {
    expect(generateNetworkId(() => Uint8Array.of(0, 25, 26, 35, 36, 255, 1, 2))).toBe('az09adbc');
  });
});

describe('relay choice', () => {
  const ranked = (pool: { url: string; score: string }[], appId = DEFAULT_APP_ID) => {
    for (const { url, score } of pool) expect(relayScore(appId, url)).toBe(score);
    const urls = pool.map(({ url }) => url);
    expect(selectRelays({ appId, servers: [...urls].sort(), redundancy: urls.length })).toEqual(urls);
  };

  it('sorts a pool by score, for each application its own way', () => {
    ranked(vectors.relay_select.default_v038);
    ranked(vectors.relay_select.fallback_pool_if_used_as_servers);
    ranked(vectors.relay_select.raw_url_string_matters);
    for (const [appId, pool] of Object.entries(vectors.relay_select.abcd)) ranked(pool as never, appId);
  });

  it('keeps `redundancy` of them, never a denied one', () => {
    const servers = ['wss://relay.damus.io', 'wss://mine.example/x', 'wss://nos.lol'];
    expect(selectRelays({ appId: 'a', servers, redundancy: 0 })).toEqual([]);
    expect(selectRelays({ appId: 'a', servers, redundancy: 9, denylist: ['MINE.example'] })).toEqual(['wss://nos.lol']);
  });

  it('denies as upstream does', () => {
    for (const [url, denied] of vectors.denylist) expect(isDenied(url), url).toBe(denied);
  });
});

describe('events', () => {
  it('are genuine, and stop being so when anything is changed', () => {
    for (const { event } of Object.values<{ event: unknown }>(vectors.events)) {
      expect(isGenuine(nostrEvent.parse(event))).toBe(true);
      expect(isGenuine({ ...nostrEvent.parse(event), created_at: 1 })).toBe(false);
      expect(isGenuine({ ...nostrEvent.parse(event), sig: '0'.repeat(128) })).toBe(false);
    }
  });

  it('are given the same id by us', () => {
    const signer = createEventSigner(() => Buffer.from(vectors.nostr_test_key.secret_hex, 'hex'));
    expect(signer.pubkey).toBe(vectors.nostr_test_key.xonly_pubkey);
    for (const { event } of Object.values<{ event: { id: string } }>(vectors.events)) {
      const { kind, tags, content, created_at } = nostrEvent.parse(event);
      const signed = signer.sign({ kind, tags, content, created_at });
      expect(signed.id).toBe(event.id);
      expect(isGenuine(signed)).toBe(true);
    }
  });
});

it('offers have ids of eight bytes', () => {
  for (const { bytes_hex, text } of [vectors.short_offer_id, vectors.short_offer_id_all_ff]) {
    const randomBytes = (length: number) => Buffer.from(bytes_hex, 'hex').subarray(0, length);
    const identity = generateIdentity({ randomBytes: (length) => Buffer.alloc(length, 1) });
    const writer = new SignalWriter({ identity, boot: 1, room: 'r', nextSeq: () => 1, randomBytes });
    const written = JSON.parse(writer.write({ kind: 'offer', to: identity.deviceId, sdp: 'v=0', neg: '' }));
    expect(written.offer_id).toBe(text);
  }
});

it('subscribes wide, narrow, and in two parts', () => {
  const form = {
    room: vectors.room_handle['my-cool-mesh'],
    deviceId: vectors.devices.A.device_id,
    nowSeconds: 1_700_000_000,
    split: false,
  };
  expect(subscriptionFrames({ ...form, wide: true })).toEqual([vectors.req.compat]);
  expect(subscriptionFrames({ ...form, wide: false })).toEqual([vectors.req.narrow]);
  const split = subscriptionFrames({ ...form, wide: false, split: true });
  expect(split.map((frame) => JSON.parse(frame)[1])).toEqual(['mom-sig-2', 'mom-sig-1']);
  expect(split.join()).not.toContain(form.deviceId);
});

describe('jitter', () => {
  it('is deterministic and within 15 %', () => {
    const expected = vectors.jitter['120000|some-device'];
    expect(expected.map((_: number, salt: number) => jitterMs(120_000, 'some-device', salt))).toEqual(expected);
    expect(['device-a', 'device-b', 'device-c'].map((seed) => jitterMs(120_000, seed, 1))).toEqual(
      vectors.jitter.device_abc_salt1,
    );
    const [first, ...steady] = vectors.announce_schedule_device_A.waits_ms;
    const device = vectors.devices.A.device_id;
    expect(first).toBe(tunables.firstAnnounceMs);
    expect(steady.map((_: number, k: number) => jitterMs(tunables.steadyAnnounceMs, device, k + 1))).toEqual(steady);
    for (const [base, value] of Object.entries(vectors.jitter.small))
      expect(jitterMs(Number(base), 'x', 0)).toBe(value);
  });

  it('gives each device and relay its own backoff', () => {
    for (const [seed, waits] of Object.entries<number[]>(vectors.reconnect_backoff_ms)) {
      const [deviceId, room, ...url] = seed.split(':') as [string, string, ...string[]];
      const ours = [1, 2, 3, 4, 5, 6, 6].map((attempt) => jitteredBackoffMs(attempt, deviceId, room, url.join(':')));
      expect(ours).toEqual(waits);
    }
  });
});
