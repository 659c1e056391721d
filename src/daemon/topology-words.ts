/** A topology as people write it on a command line, with upstream's words for what is wrong. */
import type { Topology } from '../mesh/api.js';

export function parseTopology(word: string, hub: string | undefined): Topology {
  switch (word) {
    case 'full_mesh':
    case 'fullmesh':
      return { kind: 'full_mesh' };
    case 'ring':
      return { kind: 'ring', n_preferred: null };
    case 'star':
      if (hub === undefined) throw new Error('star topology requires --hub <device_id>');
      return { kind: 'star', hub };
    case 'hubs':
      if (hub === undefined) throw new Error('hubs topology requires --hub <id[,id…][:redundancy]>');
      return parseHubs(hub);
    default:
      throw new Error(`unknown topology '${word}' — expected ring | star | hubs | full_mesh`);
  }
}

function parseHubs(text: string): Topology {
  const [list = '', redundancy] = text.split(/:(?=[^:]*$)/);
  if (redundancy !== undefined && !/^\d{1,9}$/.test(redundancy)) {
    throw new Error(`invalid spoke redundancy '${redundancy}' — expected a number`);
  }
  const hubs = list.split(',').flatMap((id) => id.trim() || []);
  if (hubs.length === 0) throw new Error('hubs topology requires at least one hub id');
  return { kind: 'hubs', hubs, spoke_redundancy: redundancy === undefined ? null : Number(redundancy) };
}
