import { expect, it } from 'vitest';
import { activePeer, stalePeer } from './peer-driver.js';

it('x', () => {
  const peer = stalePeer();
  console.log(peer.clock.now(), peer.context, peer.state);
  for (let i = 0; i < 40; i++) {
    const before = peer.state;
    peer.pass(250);
    if (peer.state !== before || i < 10) console.log(peer.clock.now(), peer.state, peer.done());
  }
  expect(activePeer().state).toBe('active.steady');
});
