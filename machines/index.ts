/** The statecharts of Wakemesh: the objects that run in the daemon, that path tests explore and inspectors draw. */
export * from './clocks.js';
export * from './fallback.js';
export * from './lan.js';
export * from './node.js';
export * from './outflow.js';
export * from './peer.js';
export * from './peer-events.js';
export * from './relay.js';
export * from './relay-events.js';
export * from './tunables.js';
export * from './wait.js';
