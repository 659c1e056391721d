/**
 * The daemon's ICE agent, played by hand: it nominates when a check of ours comes for a pair that already works for it.
 * Without one it waits for its next round, 200 ms later.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import { classes, Message, methods, parseMessage } from 'werift';
import { weriftLinks } from '../../src/link/werift/index.js';
import { readJsonLines } from '../support/jsonl.js';
import { Recorder } from './support/recorder.js';

const [first] = readJsonLines<{ sdp: string }>('link/upstream-offers.jsonl');
const offer = first?.sdp ?? '';
const attribute = (sdp: string, name: string) => new RegExp(`^a=${name}:(.*?)\r?$`, 'm').exec(sdp)?.[1] ?? '';

let socket: Socket;
let end: Recorder;

afterEach(async () => {
  socket.close();
  await end.link.close();
});

it('follows a check of the offering daemon with one of ours, so that it nominates at once', async () => {
  socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const requests: Message[] = [];
  const answers = new Set<string>();
  socket.on('message', (data) => {
    const message = parseMessage(data);
    if (message?.messageClass === classes.REQUEST) requests.push(message);
    else if (message) answers.add(message.transactionIdHex);
  });

  end = new Recorder((facts) => weriftLinks().create({ facts, loopbackOnly: true, iceServers: [] }));
  const answer = await end.link.acceptOffer(offer);
  end.link.addCandidate(`candidate:1 1 udp 2130706431 127.0.0.1 ${socket.address().port} typ host`);
  const port = Number(/^a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+)/im.exec(answer)?.[1]);
  const send = (message: Message, key: string) =>
    socket.send(message.addMessageIntegrity(Buffer.from(key)).addFingerprint().bytes, port, '127.0.0.1');

  // Its first check is answered, so that the pair works for the link and it has no reason of its own to ask again.
  await vi.waitUntil(() => requests.length > 0, { timeout: 5_000, interval: 2 });
  const own = requests.splice(0).at(-1) as Message;
  const success = new Message(methods.BINDING, classes.RESPONSE, own.transactionId, [
    ['XOR-MAPPED-ADDRESS', ['127.0.0.1', port]],
  ]);
  send(success, attribute(offer, 'ice-pwd'));

  const check = new Message(methods.BINDING, classes.REQUEST, undefined, [
    ['USERNAME', `${attribute(answer, 'ice-ufrag')}:${attribute(offer, 'ice-ufrag')}`],
    ['PRIORITY', 2_130_706_431],
    ['ICE-CONTROLLING', 1n],
  ]);
  send(check, attribute(answer, 'ice-pwd'));
  const isNew = ({ transactionIdHex }: Message) => transactionIdHex !== own.transactionIdHex;
  await vi.waitUntil(() => answers.has(check.transactionIdHex) && requests.some(isNew), {
    timeout: 5_000,
    interval: 2,
  });
  const asked = requests.find(isNew) as Message;
  expect(asked.getAttributeValue('USERNAME')).toBe(
    `${attribute(offer, 'ice-ufrag')}:${attribute(answer, 'ice-ufrag')}`,
  );
});
