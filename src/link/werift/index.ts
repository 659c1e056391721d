import type { LinkFactory } from '../link.js';
import { usableAddresses } from './addresses.js';
import { patchWerift } from './patch.js';
import { connectToItself } from './warm-up.js';
import { WeriftLink } from './werift-link.js';

export interface WeriftLinksOptions {
  log?: (message: string, detail?: object) => void;
}

export function weriftLinks({ log = () => {} }: WeriftLinksOptions = {}): LinkFactory {
  const create: LinkFactory['create'] = (options) => {
    patchWerift();
    return new WeriftLink(options);
  };
  return {
    create,
    addresses: usableAddresses,
    async warmUp() {
      try {
        await connectToItself(create);
      } catch (error) {
        log('warm-up connection failed: the first real one will be slower', { err: error });
      }
    },
  };
}
