import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/daemon/log.js';

function logged(level: string, env: NodeJS.ProcessEnv = {}) {
  const lines: string[] = [];
  const output = { stream: { write: (line: string) => lines.push(line) } };
  return { log: createLog(level, output, env), lines };
}

describe('level', () => {
  it.each([
    ['info', undefined, 'info'],
    ['warn', '', 'warn'],
    ['info', 'debug', 'debug'],
    ['info', 'myownmesh=trace,webrtc=error', 'trace'],
    ['info', 'OFF', 'silent'],
    ['nonsense', 'also nonsense', 'info'],
  ])('config %j, MYOWNMESH_LOG %j: %s', (config, filter, level) => {
    expect(logged(config, { MYOWNMESH_LOG: filter }).log.level).toBe(level);
  });
});

it('cuts out what could be a secret', () => {
  const { log, lines } = logged('info');
  log.info({ sdp: 'v=0', peer: { credential: 'guest' }, frame: { payload: 'hi' }, network: 'net' }, 'said');
  expect(JSON.parse(lines[0] as string)).toMatchObject({
    sdp: '[redacted]',
    peer: { credential: '[redacted]' },
    frame: { payload: '[redacted]' },
    network: 'net',
    msg: 'said',
  });
});
