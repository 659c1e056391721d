import { expect, it } from 'vitest';

// Inside a test, so that a chart that cannot even be built is a failed test and not a file without tests: the mutation
// run counts failed tests only.
it('the charts can be built', async () => {
  const { nodeMachine, peerMachine, relayMachine } = await import('../../machines/index.js');
  expect([nodeMachine.id, peerMachine.id, relayMachine.id]).toEqual(['node', 'peer', 'relay']);
});
