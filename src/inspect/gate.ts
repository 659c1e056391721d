/**
 * Who may talk to the inspection server: somebody who names this machine's loopback address as host (a page on another
 * name that was rebound to us does not), comes from our own page, and knows the token.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export class Gate {
  readonly #token: Buffer;
  readonly #hosts: string[];

  constructor(token: string, port: number) {
    this.#token = Buffer.from(token);
    this.#hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  }

  isOurHost({ headers }: IncomingMessage): boolean {
    return this.#hosts.includes(headers.host ?? '');
  }

  /** A browser says from where the page came that opens a socket. Programs say it too: who says nothing is refused. */
  isOurOrigin({ headers }: IncomingMessage): boolean {
    return this.#hosts.some((host) => headers.origin === `http://${host}`);
  }

  knowsToken(url: URL): boolean {
    const given = Buffer.from(url.searchParams.get('token') ?? '');
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }
}

/** `new URL` throws on a target such as `//`, and a throw in a request listener would end the daemon. */
export function urlOf({ url = '/' }: IncomingMessage): URL | undefined {
  try {
    return new URL(url, 'http://loopback');
  } catch {
    return undefined;
  }
}
