/** Changes what config.json says of a network, and nothing else in it. */
import { readConfig, saveConfig } from './config.js';
import { DaemonError } from './errors.js';

export type NetworkEntry = Record<string, unknown>;
/** Resolves when the change is durable. Changes are made one after the other. */
export type EditNetwork = (configId: string, change: (entry: NetworkEntry) => void) => Promise<void>;

export function networkEditor(path: string): EditNetwork {
  let last: Promise<unknown> = Promise.resolve();
  return (configId, change) => {
    const edit = async () => {
      const { document, broken } = await readConfig(path);
      const networks = Array.isArray(document.networks) ? (document.networks as (NetworkEntry | null)[]) : [];
      const entry = networks.find((each) => each?.id === configId);
      if (broken !== undefined) throw new DaemonError(`config.json: ${broken}; in force, but not saved`);
      if (!entry) throw new DaemonError(`config.json: no network ${configId} in it; in force, but not saved`);
      change(entry);
      await saveConfig(path, document);
    };
    const done = last.then(edit);
    last = done.catch(() => {}); // whoever asked hears of it
    return done;
  };
}
