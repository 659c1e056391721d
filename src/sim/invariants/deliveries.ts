/**
 * Messages: numbered ones go between devices that are picked at random. They arrive at most once, from admitted peers, and
 * in order unless others forwarded them, who may have been frozen meanwhile. Each reliable one has one outcome, in time,
 * and it is true.
 */
import { tunables as t } from '../../../machines/tunables.js';
import type { ChannelMessage } from '../../mesh/api.js';
import type { Device } from '../device.js';
import { type NewRule, PerPeer } from './rule.js';

const MESSAGES_PER_SECOND = 2;
/** The limit is counted in sweeps, and a sweep that was due during a pause comes once. */
const OUTCOME_SECONDS = t.deliveryLimitMs / 1_000 + 3;
type Channel = 'plain' | 'reliable';

interface Numbered {
  boot: number;
  number: number;
}

interface Pending {
  device: Device;
  boot: number;
  /** Since it was sent, while its process ran. */
  seconds: number;
}

export const deliveryRules: NewRule = (world, report) => {
  const rng = world.rng.fork('messages');
  const last = { plain: new PerPeer<Numbered>(), reliable: new PerPeer<Numbered>() };
  /** By receiving process; each message has one receiver. */
  const arrived = { plain: new Map<number, number>(), reliable: new Map<number, number>() };
  const pending = new Map<number, Pending>();
  let lastNumber = 0;

  const received = (channel: Channel, device: Device, { from, via, payload }: ChannelMessage<Numbered>) => {
    const { boot, number } = payload;
    const who = `${device.name} from ${world.nameOf(from)}`;
    const state = device.believes.get(via ?? from)?.state;
    if (state !== 'active' && state !== 'stale') report('I7', `${who}: a message while the peer is ${state}`);
    if (arrived[channel].get(number) === device.boot) report('I25', `${who}: ${channel} message ${number} twice`);
    arrived[channel].set(number, device.boot);
    if (via !== undefined) return;
    const before = last[channel].get(device, from);
    if (before?.boot === boot && number < before.number) {
      report('I25', `${who}: ${channel} message ${number} after ${before.number}`);
    }
    last[channel].set(device, from, { boot, number });
  };

  const sendReliable = async (from: Device, to: Device, message: Numbered) => {
    const { number } = message;
    pending.set(number, { device: from, boot: from.boot, seconds: 0 });
    const wait = world.areActive(from, to) ? null : world.waits(from);
    const outcome = await from.network?.channel<Numbered>('reliable').sendReliable(to.id, message);
    wait?.done();
    pending.delete(number);
    if (outcome?.status === 'delivered' && !arrived.reliable.has(number)) {
      report('I25', `${from.name} to ${to.name}: message ${number} is called delivered and has not arrived`);
    }
  };

  const sendPlain = (from: Device, to: Device, message: Numbered) => {
    from.network?.channel<Numbered>('plain').send(to.id, message);
  };

  return {
    started(device) {
      for (const channel of ['plain', 'reliable'] as const) {
        device.network?.channel<Numbered>(channel).subscribe((message) => received(channel, device, message));
      }
    },

    second() {
      for (const [number, entry] of pending) {
        const { device, boot, seconds } = entry;
        if (device.boot !== boot || !device.isUp) pending.delete(number);
        else if (device.process.runs) entry.seconds += 1;
        if (seconds === OUTCOME_SECONDS)
          report('I25', `${device.name}: message ${number} has no outcome after ${seconds} s`);
      }
      for (let i = 0; i < MESSAGES_PER_SECOND; i += 1) {
        const [from, to] = rng.sample(world.devices, 2);
        const isReliable = i % 2 === 0;
        if (!from?.isUp || !from.process.runs || !to || (isReliable && !world.wants(from, to))) continue;
        lastNumber += 1;
        const message = { boot: from.boot, number: lastNumber };
        if (isReliable) void sendReliable(from, to, message);
        else sendPlain(from, to, message);
      }
    },
  };
};
