import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../src/daemon/control-requests.js';
import { readJsonLines } from '../support/jsonl.js';

interface Recorded {
  name: string;
  request: string;
  response: string;
}

function problemOf(line: string): string | undefined {
  try {
    parseRequest(line);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const recorded = [
  ...readJsonLines<Recorded>('control-socket/framing.jsonl'),
  ...readJsonLines<Recorded>('control-socket/args.jsonl'),
];

describe('a line that upstream could not parse is a parse error here too, and no other is', () => {
  it.each(recorded)('$name', ({ request, response }) => {
    const upstream: { ok: boolean; error?: string } = JSON.parse(response);
    expect(problemOf(request)?.startsWith('parse: ')).toBe(upstream.error?.startsWith('parse: ') ? true : undefined);
  });
});

it.each([
  ['{"op":"peers_list"}', 'parse: missing field `network`'],
  ['{"op":"peers_list","network":7}', 'parse: network: invalid type: integer `7`, expected a string'],
  ['{"op":"peers_list","network":null}', 'parse: network: invalid type: null, expected a string'],
  ['{"op":"channel_send_all","network":"n","channel":"c"}', 'parse: missing field `payload`'],
  [
    '{"op":"rpc_register","client_id":"c1","network":"n","method":"m","streaming":"true"}',
    'parse: streaming: invalid type: string, expected a boolean',
  ],
  ['{"op":"capabilities_set","network":"n","capabilities":{"tags":[1]}}', /^parse: capabilities\.tags\.0: .*a string$/],
  ['[]', 'parse: missing field `op`'],
  ['{"op":5}', 'parse: invalid type: integer `5`, expected variant identifier'],
])('%s names the field', (line, problem) => {
  if (typeof problem === 'string') expect(problemOf(line)).toBe(problem);
  else expect(problemOf(line)).toMatch(problem);
});

it('an op of upstream that this version lacks is an unknown variant: clients probe for it that way', () => {
  expect(problemOf('{"op":"media_lane_open"}')).toMatch(
    /^parse: unknown variant `media_lane_open`, expected one of `status`, /,
  );
  expect(problemOf('{"op":"toString"}')).toMatch(/^parse: unknown variant/);
});

it('takes an array of the op and its members in order', () => {
  expect(parseRequest('["channel_send_all","net","chat",{"n":1.5}]')).toEqual({
    op: 'channel_send_all',
    network: 'net',
    channel: 'chat',
    payload: { n: 1.5 },
  });
});

it('keeps a null payload apart from none', () => {
  const line = '{"op":"channel_send_all","network":"n","channel":"c","payload":null}';
  expect(parseRequest(line)).toMatchObject({ payload: null });
});
