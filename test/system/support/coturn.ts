/** Debian's TURN server in a network namespace, with one user, over UDP, TCP and TLS. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PORT = 3478;
const TLS_PORT = 5349;
const USER = { username: 'someone', credential: 'a secret' };
const BOUND_MS = 10_000;

export class Coturn {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #address: string;
  #log = '';

  private constructor(child: ChildProcess, folder: string, address: string) {
    this.#child = child;
    this.#folder = folder;
    this.#address = address;
    for (const output of [child.stdout!, child.stderr!]) {
      output.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
  }

  /** Resolves when it listens. */
  static async start(namespace: string, address: string): Promise<Coturn> {
    const folder = mkdtempSync(join(tmpdir(), 'wakemesh-coturn-'));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const subject = ['-subj', '/CN=turn', '-addext', `subjectAltName=IP:${address}`];
    const keyKind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const files = ['-keyout', key, '-out', certificate, '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...keyKind, ...subject, ...files], { stdio: 'ignore' });
    const args = [
      ...['-n', '--no-cli', '--verbose', '--log-file=stdout', '--simple-log', `--pidfile=${join(folder, 'pid')}`],
      ...[`--listening-ip=${address}`, `--relay-ip=${address}`, `--listening-port=${PORT}`],
      ...[`--tls-listening-port=${TLS_PORT}`, `--cert=${certificate}`, `--pkey=${key}`],
      ...['--lt-cred-mech', '--realm=test', `--user=${USER.username}:${USER.credential}`, '--fingerprint'],
      `--userdb=${join(folder, 'users')}`,
    ];
    const child = spawn('ip', ['netns', 'exec', namespace, 'turnserver', ...args], { stdio: 'pipe' });
    const server = new Coturn(child, folder, address);
    await server.logged(new RegExp(`TLS/TCP listener opened on : ${address}:${TLS_PORT}`, 'i'));
    return server;
  }

  /** `turn_servers` of a network entry. */
  server(transport: 'udp' | 'tcp' | 'tls'): object {
    const at = (scheme: string, port: number, form: string) => `${scheme}:${this.#address}:${port}?transport=${form}`;
    const url = transport === 'tls' ? at('turns', TLS_PORT, 'tcp') : at('turn', PORT, transport);
    return { urls: [url], ...USER };
  }

  /** Where it answers checks without a signature: `address:port`. */
  get stunAddress(): string {
    return `${this.#address}:${PORT}`;
  }

  /** `stun_servers` of a network entry. */
  get stun(): object {
    return { urls: [`stun:${this.#address}:${PORT}`] };
  }

  /** What makes a daemon trust its certificate. */
  get env(): NodeJS.ProcessEnv {
    return { NODE_EXTRA_CA_CERTS: join(this.#folder, 'certificate.pem') };
  }

  count(pattern: RegExp): number {
    return [...this.#log.matchAll(new RegExp(pattern, 'gi'))].length;
  }

  /** Resolves when its log says so, so many times. */
  async logged(pattern: RegExp, times = 1): Promise<void> {
    const giveUp = AbortSignal.timeout(BOUND_MS);
    while (this.count(pattern) < times) {
      if (this.#child.exitCode !== null) throw new Error(`coturn has ended: ${this.#log}`);
      await once(this.#child.stdout!, 'data', { signal: giveUp }).catch(() => {
        throw new Error(`coturn did not say ${pattern}: ${this.#log}`);
      });
    }
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
