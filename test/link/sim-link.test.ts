import { linkContract } from './link-contract.js';
import { simWorld } from './support/sim-world.js';

linkContract('simulated link', simWorld);
