/** Sessions: one at a time, approved by both, the same at both ends, told in order. */
import type { PeerState } from '../../mesh/api.js';
import type { Device } from '../device.js';
import { type NewRule, PerPeer } from './rule.js';

/** A one-sided session shows itself as silence: nine ticks, a judgement, and a margin for lost frames. */
const AGREEMENT_MS = 45_000;

const NEXT: Record<PeerState | 'none', readonly PeerState[]> = {
  none: ['sighted'],
  sighted: ['sighted', 'handshaking', 'gone'],
  handshaking: ['handshaking', 'active', 'sighted', 'gone'],
  active: ['active', 'stale', 'sighted', 'handshaking', 'gone'],
  stale: ['stale', 'active', 'sighted', 'handshaking', 'gone'],
  gone: [],
};

export const sessionRules: NewRule = (world, report) => {
  const epochs = new PerPeer<number>();
  const states = new PerPeer<PeerState>();
  const onlyOne = new Map<Device, Map<Device, number>>();

  const bothApproved = (device: Device, peer: Device | undefined): boolean =>
    peer === undefined ||
    [...world.links.linksOf(device)].some(
      ({ far, seen }) => far?.host === peer && seen.approveReceived && seen.approveSent,
    );

  const agree = (a: Device) => {
    const since = onlyOne.get(a) ?? new Map<Device, number>();
    onlyOne.set(a, since);
    const linked = world.linkedWith(a);
    for (const b of world.devices) {
      if (linked.has(b) || a.believes.get(b.id)?.state !== 'active') since.delete(b);
      else if (b.isUp && !since.has(b)) since.set(b, world.nowMs);
    }
    for (const [b, sinceMs] of since) {
      const forMs = Math.min(world.nowMs - sinceMs, world.truth.calmMs(a.index, b.index));
      if (b.isUp && forMs > AGREEMENT_MS) {
        report('I6', `${a.name} has been active with ${b.name} alone for ${Math.round(forMs)} ms`);
      }
    }
  };

  return {
    event(device, event) {
      if (event.type !== 'peer') return;
      const { peer, from, to } = event;
      const who = `${device.name} → ${world.nameOf(peer.deviceId)}`;
      const before = states.get(device, peer.deviceId) ?? null;
      if (before !== from) report('I23', `${who}: told to come from ${from}, but was ${before}`);
      if (!NEXT[from ?? 'none'].includes(to)) report('I23', `${who}: from ${from} to ${to}`);
      if (to === 'gone') states.delete(device, peer.deviceId);
      else states.set(device, peer.deviceId, to);

      const last = epochs.get(device, peer.deviceId) ?? 0;
      if (peer.epoch !== 0 && peer.epoch < last) report('I1', `${who}: epoch ${peer.epoch} after ${last}`);
      epochs.set(device, peer.deviceId, Math.max(last, peer.epoch));

      if (to !== 'active') return;
      if (!peer.authenticated || !peer.approvedByUs || !peer.approvedByThem) {
        report('I5', `${who}: active without ${peer.authenticated ? 'approval' : 'proof'}`);
      }
      if (!bothApproved(device, world.deviceOf(peer.deviceId))) {
        report('I5', `${who}: active, but no link carried both approvals`);
      }
    },

    second() {
      for (const device of world.devices) {
        const links = world.links.linksOf(device).size;
        const bound = 2 * device.believes.size;
        if (device.isUp && links > bound)
          report('I1', `${device.name}: ${links} links for ${device.believes.size} peers`);
      }
      for (const device of world.devices) if (device.isUp) agree(device);
    },
  };
};
