import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { networkSchema } from '../../src/daemon/config-schema.js';
import { meetingPlaces } from '../../src/daemon/meeting-places.js';

const APP = 'myownmesh-cloud-mesh-v1';

/** What a configuration's `signaling` asks for, and what is told about it. */
function places(signaling: object | undefined) {
  const told: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => told.push(JSON.parse(line).msg) });
  const config = networkSchema.parse({ id: 'home', network_id: 'home', ...(signaling && { signaling }) });
  return { ...meetingPlaces(config, APP, log), told };
}

describe('relays', () => {
  it("nothing said: upstream's server, its public relays behind it, and mDNS", () => {
    const { relays, fallbackRelays, lan } = places(undefined);
    expect([relays, lan]).toEqual([['wss://myownmesh.com'], true]);
    expect(fallbackRelays).toHaveLength(9);
    expect(fallbackRelays?.[0]).toBe('wss://nos.lol');
  });

  it('servers named: those, and nobody else unless asked for', () => {
    const servers = ['ws://one', 'ws://two'];
    expect(places({ servers }).relays.sort()).toEqual(servers);
    expect(places({ servers }).fallbackRelays).toEqual([]);
    expect(places({ servers, public_fallback: false }).fallbackRelays).toEqual([]);
    expect(places({ servers, public_fallback: true }).fallbackRelays).toHaveLength(9);
    expect(places({ public_fallback: false }).fallbackRelays).toEqual([]);
  });

  it('as many as wanted, the same ones on every device', () => {
    const servers = ['wss://a.com', 'wss://b.com', 'wss://c.com', 'wss://d.com'];
    expect(places({ servers, redundancy: 2 }).relays).toEqual(['wss://c.com', 'wss://d.com']);
    expect(places({ servers: servers.reverse(), redundancy: 2 }).relays).toEqual(['wss://c.com', 'wss://d.com']);
  });

  it('never a denied one, named or fallen back on; never one twice', () => {
    const denylist = ['NOS.lol', 'bad.example'];
    const asked = { denylist, public_fallback: true };
    const { relays, fallbackRelays } = places({ ...asked, servers: ['wss://bad.example/x', 'wss://nostr.mom'] });
    expect(relays).toEqual(['wss://nostr.mom']);
    expect(fallbackRelays).toHaveLength(7);
    expect(fallbackRelays).not.toContain('wss://nos.lol');
    expect(fallbackRelays).not.toContain('wss://nostr.mom');
  });

  it('one that cannot be dialled costs itself', () => {
    const { relays, told } = places({ servers: ['https://one', 'ws://two', 'ws://[broken'] });
    expect(relays).toEqual(['ws://two']);
    expect(told).toEqual([
      'network home: signaling.servers: "https://one" is no ws:// or wss:// address; left out',
      'network home: signaling.servers: "ws://[broken" is no ws:// or wss:// address; left out',
    ]);
    const none = places({ servers: ['https://one'] });
    expect([none.relays, none.fallbackRelays], 'the public ones were not chosen').toEqual([[], []]);
  });
});

describe('strategy', () => {
  it('none: no relay, mDNS alone', () => {
    expect(places({ strategy: 'none' })).toEqual({ relays: [], fallbackRelays: [], lan: true, told: [] });
  });

  it('empty is nostr; an unknown one is none, and is told', () => {
    expect(places({ strategy: '' }).relays).toHaveLength(1);
    const { relays, told } = places({ strategy: 'mqtt' });
    expect([relays, told]).toEqual([[], ['network home: signaling.strategy: "mqtt" is unknown; no relay is used']]);
  });

  it('nowhere to meet is an error that says so', () => {
    const nowhere = 'signaling: names no relay that can be used, and mdns is off: nobody could be met';
    expect(() => places({ strategy: 'none', mdns: false })).toThrow(nowhere);
    expect(() => places({ mdns: false, redundancy: 0 })).toThrow(nowhere);
    expect(() => places({ strategy: 'none', listen_only: true })).toThrow(nowhere);
  });
});

it('whoever only listens is not on the local network, where he would be seen', () => {
  expect([places({ listen_only: true }).lan, places({ mdns: false }).lan]).toEqual([false, false]);
});
