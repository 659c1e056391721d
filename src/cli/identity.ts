/** `identity`: who this device is. */
import type { Command } from 'commander';
import { homeAt, homeRoot } from '../daemon/home.js';
import { saveLabel } from '../daemon/identity-label.js';
import { loadOrCreateIdentity } from '../identity/identity-file.js';
import { displayId } from '../identity/keys.js';
import { systemRuntime } from '../runtime.js';

export function addIdentity(program: Command): void {
  const identity = program.command('identity').description('the identity of this device');
  identity
    .command('show')
    .description('device id, public key and label; makes the identity if there is none')
    .action(async () => {
      const { deviceId, label } = await loadOrCreateIdentity(homeRoot(), systemRuntime());
      console.log(`device_id:   ${displayId(deviceId)}\npubkey:      ${deviceId}\nlabel:       ${label}`);
    });
  identity
    .command('set-label <label>')
    .description('name this device; a running daemon keeps the old name until it restarts')
    .action(async (label: string) => {
      await saveLabel(homeAt(homeRoot()).identity, label);
      console.log('ok');
    });
}
