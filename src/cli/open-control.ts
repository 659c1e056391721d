/** The way to the daemon of a home. */
import { readConfig } from '../daemon/config.js';
import { homeAt, homeRoot } from '../daemon/home.js';
import { ControlClient } from './control-client.js';

/** `root`: the home folder; default: `serve`'s. Throws `DaemonError` when nobody listens. */
export async function openControl(program: string, root = homeRoot()): Promise<ControlClient> {
  const home = homeAt(root);
  const { config } = await readConfig(home.config);
  return ControlClient.open(config.daemon.control_socket ?? home.socket, program);
}
