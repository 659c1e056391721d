/** A cgroup freezer: stops a process without a signal, as `docker pause` and a service manager's freeze do. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 5;
const BOUND_MS = 5_000;

export interface Freezer {
  /** Resolves once the kernel says that every task is frozen. */
  freeze(): Promise<void>;
  thaw(): void;
  /** The processes in it must have ended. */
  remove(): void;
}

const V1_ROOT = '/sys/fs/cgroup/freezer';
const V2_ROOT = '/sys/fs/cgroup';

/** Moves the process into a freezer of its own. */
export function makeFreezer(pid: number): Freezer {
  const v1 = existsSync(join(V1_ROOT, 'cgroup.procs'));
  const folder = join(v1 ? V1_ROOT : V2_ROOT, `wakemesh-${process.pid}-${pid}`);
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const isFrozen = v1
    ? () => read('freezer.state').trim() === 'FROZEN'
    : () => /^frozen 1$/m.test(read('cgroup.events'));
  mkdirSync(folder);
  write('cgroup.procs', String(pid));
  return {
    async freeze() {
      if (v1) write('freezer.state', 'FROZEN');
      else write('cgroup.freeze', '1');
      for (let waitedMs = 0; !isFrozen(); waitedMs += POLL_MS) {
        if (waitedMs > BOUND_MS) throw new Error(`${folder} does not freeze`);
        await sleep(POLL_MS);
      }
    },
    thaw() {
      if (v1) write('freezer.state', 'THAWED');
      else write('cgroup.freeze', '0');
    },
    remove: () => rmdirSync(folder),
  };
}
