// Loaded before the program: in its simulated worlds no pair ever counts as active.
import { World } from '../../../dist/src/sim/world.js';

World.prototype.areActive = () => false;
