import { linkContract } from './link-contract.js';
import { weriftWorld } from './support/werift-world.js';

linkContract('werift link', weriftWorld);
