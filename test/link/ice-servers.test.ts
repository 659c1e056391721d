import { describe, expect, it } from 'vitest';
import { failureOf, parseServers } from '../../src/link/werift/ice-servers.js';

const login = { username: 'someone', credential: 'secret' };

describe('configured servers', () => {
  it('are told apart by scheme and transport', () => {
    const urls = ['turn:a:1', 'turn:a:1?transport=udp', 'turn:a:1?transport=tcp', 'turns:a:2?transport=tcp'];
    const { stun, turn, unusable } = parseServers([{ urls: 'stun:s:3' }, { urls, ...login }]);
    expect(stun).toEqual([{ url: 'stun:s:3', address: ['s', 3] }]);
    expect(turn.map(({ transport, address }) => [transport, ...address])).toEqual([
      ['udp', 'a', 1],
      ['udp', 'a', 1],
      ['tcp', 'a', 1],
      ['tls', 'a', 2],
    ]);
    expect(unusable).toEqual([]);
  });

  it('are spelled as their answers will be', () => {
    const { turn } = parseServers([{ urls: 'turn:[2001:DB8:0::1]:1', ...login }]);
    expect(turn[0]?.address).toEqual(['2001:db8::1', 1]);
  });

  it('have upstream’s default ports', () => {
    const { stun, turn } = parseServers([{ urls: 'stun:s' }, { urls: ['turn:a', 'turns:a'], ...login }]);
    expect([...stun, ...turn].map(({ address }) => address[1])).toEqual([3478, 3478, 5349]);
  });

  it.each([
    [{ urls: 'http://a' }, /not a stun:/],
    [{ urls: '' }, /not a stun:/],
    [{ urls: 'stuns:a' }, /STUN over TLS/],
    [{ urls: 'turn:a' }, /username and credential/],
    [{ urls: 'turn:a', username: 'someone' }, /username and credential/],
  ])('that are of no use are named: %o', (server, reason) => {
    const { stun, turn, unusable } = parseServers([server]);
    expect([stun, turn]).toEqual([[], []]);
    expect(unusable).toEqual([{ url: server.urls, reason: expect.stringMatching(reason) }]);
  });

  it('are bounded: each is asked for each connection', () => {
    const many = (scheme: string) => Array.from({ length: 9 }, (_, n) => `${scheme}:host${n}`);
    const { stun, turn, unusable } = parseServers([{ urls: many('stun') }, { urls: many('turn'), ...login }]);
    expect([stun.length, turn.length, unusable.length]).toEqual([4, 4, 10]);
  });
});

describe('a failure in words', () => {
  it('says what the server said', () => {
    const response = { getAttributeValue: () => [401, 'Unauthorized'] };
    expect(failureOf({ response, message: 'STUN transaction failed' })).toBe('refused: 401 Unauthorized');
  });

  it('says what the system said, or that nobody did', () => {
    expect(failureOf(new Error('connect ECONNREFUSED'))).toBe('connect ECONNREFUSED');
    expect(failureOf(new Error(''))).toBe('no answer');
  });
});
