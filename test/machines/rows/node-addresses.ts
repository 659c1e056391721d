/** The node: its addresses, and paths that begin at one that is gone. For the words of a state see `node-words.ts`. */
import {
  ANSWERED,
  addresses,
  admitted,
  NETWORK_CHANGED,
  type NodeRow,
  type NodeStep,
  RECONNECT,
  RESUME,
  SUSPENDED,
  t,
  WATCHING,
  WOKE,
} from './node-words.js';

/** At home, and the next look at the addresses is not due. */
const KNOWN: NodeStep[] = [...WATCHING, addresses('10.0.0.1')];
/** The next look is due and has not been answered. */
const LOOKING: NodeStep[] = [...KNOWN, t.addressWatchMs];
const AWAITING: NodeStep[] = [...WATCHING, WOKE];

export const addressing: NodeRow[] = [
  {
    rule: 'the first look is silent',
    from: WATCHING,
    when: addresses('10.0.0.1'),
    to: 'watching ready counting first ready waiting',
    sets: { addresses: ['10.0.0.1'] },
  },
  {
    rule: 'so is a first look that finds none',
    from: WATCHING,
    when: addresses(),
    to: 'watching ready counting first ready waiting',
    sets: { addresses: [] },
  },
  {
    rule: 'the next look is not early',
    from: [...KNOWN, t.watchMs],
    when: t.addressWatchMs - t.watchMs - 1,
    to: 'sampling ready counting first ready waiting',
  },
  {
    rule: 'it is due',
    from: [...KNOWN, t.addressWatchMs - 1],
    when: 1,
    to: 'sampling ready counting first ready',
    does: ['sweep', 'read addresses'],
  },
  {
    rule: 'nothing has changed',
    from: LOOKING,
    when: addresses('10.0.0.1'),
    to: 'sampling ready counting first ready waiting',
  },
  {
    rule: 'another address: told, and everybody is asked once the sockets were read',
    from: LOOKING,
    when: addresses('10.0.0.2'),
    to: 'settling ready counting first ready waiting',
    does: ['addresses [10.0.0.2]'],
    sets: { cause: 'network-changed', addresses: ['10.0.0.2'] },
  },
  {
    rule: 'one more counts as well',
    from: LOOKING,
    when: addresses('10.0.0.1', '10.0.0.2'),
    to: 'settling ready counting first ready waiting',
    does: ['addresses [10.0.0.1,10.0.0.2]'],
    sets: { cause: 'network-changed', addresses: ['10.0.0.1', '10.0.0.2'] },
  },
  {
    rule: 'the last one is gone: told, and there is nobody to ask',
    from: LOOKING,
    when: addresses(),
    to: 'sampling ready counting first ready waiting',
    does: ['addresses []'],
    sets: { addresses: [] },
  },
  {
    rule: 'the first one is back',
    from: [...LOOKING, addresses(), t.addressWatchMs],
    when: addresses('10.0.0.1'),
    to: 'settling ready counting first ready waiting',
    does: ['addresses [10.0.0.1]'],
    sets: { cause: 'network-changed', addresses: ['10.0.0.1'] },
  },
  {
    rule: 'after a wake it is looked at once: a machine that slept wakes elsewhere',
    from: KNOWN,
    when: WOKE,
    to: 'watching cooling counting first cooling awaitingRelay',
    does: ['check relays', 'read addresses', 'announce wake'],
    sets: { freshLeft: 5 },
  },
  {
    rule: 'an answer that nobody asked for changes nothing',
    from: KNOWN,
    when: addresses('10.0.0.2'),
    to: 'watching ready counting first ready waiting',
  },
  {
    rule: 'asleep, another address wakes nobody',
    from: [...KNOWN, ...SUSPENDED, t.addressWatchMs],
    when: addresses('10.0.0.2'),
    to: 'suspended ready paused first ready waiting',
    does: ['addresses [10.0.0.2]'],
    sets: { addresses: ['10.0.0.2'] },
  },
];

export const networkChanges: NodeRow[] = [
  {
    rule: 'told by the embedder',
    from: WATCHING,
    when: NETWORK_CHANGED,
    to: 'settling ready counting first ready',
    sets: { cause: 'network-changed' },
  },
  {
    rule: 'peers first, then relays, then the room',
    from: [...WATCHING, NETWORK_CHANGED],
    when: 'turn',
    to: 'sampling cooling counting first cooling awaitingRelay',
    does: ['wake peers', 'read clocks', 'check relays', 'announce network-changed'],
    sets: { freshLeft: 5 },
  },
  {
    rule: 'right after a wake it is not put off: what went away is back',
    from: [...WATCHING, WOKE, t.announceCooldownMs, NETWORK_CHANGED],
    when: 'turn',
    to: 'sampling cooling counting first cooling awaitingRelay',
    does: ['wake peers', 'read clocks', 'check relays', 'announce network-changed'],
  },
  {
    rule: 'nor is the next one',
    from: [...WATCHING, NETWORK_CHANGED, 'turn', t.announceCooldownMs, NETWORK_CHANGED],
    when: 'turn',
    to: 'sampling cooling counting first cooling awaitingRelay',
    does: ['wake peers', 'read clocks', 'check relays', 'announce network-changed'],
  },
  {
    rule: 'a pause that was seen before it is told all the same',
    from: [...SUSPENDED, RESUME, NETWORK_CHANGED],
    when: 'turn',
    to: 'sampling cooling counting first cooling awaitingRelay',
    does: ['woke suspended 0 ms', 'wake peers', 'read clocks', 'check relays', 'announce network-changed'],
    sets: { pause: null, freshLeft: 5 },
  },
];

export const renewing: NodeRow[] = [
  {
    rule: 'a relay that is admitted carries the offers',
    from: AWAITING,
    when: admitted('ws://a'),
    to: 'watching cooling counting first cooling',
    does: ['announce on ws://a', 'renew lost paths'],
  },
  {
    rule: 'so does one that answers',
    from: AWAITING,
    when: ANSWERED,
    to: 'watching cooling counting first cooling',
    does: ['renew lost paths'],
  },
  {
    rule: 'nobody waits for ever',
    from: [...AWAITING, t.renewWaitMs - 1],
    when: 1,
    to: 'sampling cooling counting first ready',
    does: ['renew lost paths', 'sweep'],
  },
  {
    rule: 'nor less long',
    from: [...AWAITING, t.addressWatchMs],
    when: t.renewWaitMs - t.addressWatchMs - 1,
    to: 'sampling cooling counting first ready awaitingRelay',
  },
  {
    rule: 'a relay that answers at any other time does nothing',
    from: WATCHING,
    when: ANSWERED,
    to: 'watching ready counting first ready',
  },
  {
    rule: 'a relay that is admitted at any other time hears us',
    from: WATCHING,
    when: admitted('ws://a'),
    to: 'watching ready counting first ready',
    does: ['announce on ws://a'],
  },
  {
    rule: 'the user renews all, whatever works',
    from: WATCHING,
    when: RECONNECT,
    to: 'watching ready counting first cooling',
    does: ['renew all paths', 'check relays', 'announce reconnect'],
    sets: { freshLeft: 5 },
  },
];
