/** `inspect` and `console`: the pages of a running daemon, whose server is started when it does not run yet. */
import { HOSTED_INSPECTOR } from '../inspect/server.js';
import { openControl } from './open-control.js';
import { showPage } from './show-page.js';
import { noWayTo } from './way-to.js';

export interface InspectOptions {
  home?: string;
  port?: number;
  open: boolean;
}

/** What the daemon answers to `inspect_start`. */
export interface InspectAddresses {
  console_url: string;
  bridge_url: string;
  socket_url: string;
}

export async function inspect(page: 'console' | 'stately', program: string, options: InspectOptions): Promise<void> {
  const control = await openControl(program, options.home);
  const { console_url, bridge_url } = (await control.request({
    op: 'inspect_start',
    port: options.port,
  })) as InspectAddresses;
  control.close();
  console.log(`mesh console       ${console_url}`);
  console.log(`Stately inspector  ${bridge_url}`);
  if (page === 'console') return showPage(console_url, options.open);
  const obstacle = await noWayTo(HOSTED_INSPECTOR);
  if (obstacle) {
    const { host } = new URL(HOSTED_INSPECTOR);
    console.error(
      `There is no way from here to ${host} (${obstacle}). If the browser has none either, the Stately inspector stays ` +
        'empty; the mesh console needs no network.',
    );
  }
  await showPage(bridge_url, options.open);
}
