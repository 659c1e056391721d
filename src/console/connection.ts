/** The socket to the daemon: what comes is checked before anybody sees it, and a lost one is dialled again. */
import { z } from 'zod';
import { type InspectMessage, inspectMessage, type ViewerRequest } from '../inspect/messages.js';

z.config({ jitless: true }); // the page's policy forbids code from strings

export type Link = 'connecting' | 'open' | 'lost';

export interface Listener {
  link(link: Link): void;
  message(message: InspectMessage): void;
  /** Something came that this page does not understand: another version, or a damaged recording. */
  unreadable(problem: string): void;
}

type Asked = ViewerRequest extends infer R ? (R extends ViewerRequest ? Omit<R, 'type' | 'id'> : never) : never;
export type Ask = (request: Asked) => Promise<{ ok: boolean; error?: string | undefined }>;

const REDIAL_MS = 1_500;
const ANSWER_LIMIT_MS = 10_000;

export function connect(url: string, listener: Listener): Ask {
  const waiting = new Map<number, (answer: { ok: boolean; error?: string | undefined }) => void>();
  let socket: WebSocket;
  let lastId = 0;

  function dial(): void {
    listener.link('connecting');
    socket = new WebSocket(url);
    socket.onopen = () => listener.link('open');
    socket.onmessage = ({ data }) => read(String(data));
    socket.onclose = () => {
      listener.link('lost');
      for (const answer of waiting.values()) answer({ ok: false, error: 'the daemon is gone' });
      waiting.clear();
      setTimeout(dial, REDIAL_MS);
    };
  }

  function read(text: string): void {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      return listener.unreadable('no JSON');
    }
    const { data: message, error } = inspectMessage.safeParse(parsed);
    if (message === undefined) return listener.unreadable(error?.issues[0]?.message ?? 'unknown message');
    if (message.type === 'wakemesh.answer') {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
    listener.message(message);
  }

  dial();
  return (request) =>
    new Promise((resolve) => {
      if (socket.readyState !== WebSocket.OPEN) return resolve({ ok: false, error: 'the daemon is not connected' });
      const id = ++lastId;
      waiting.set(id, resolve);
      setTimeout(() => {
        if (waiting.delete(id)) resolve({ ok: false, error: 'the daemon did not answer' });
      }, ANSWER_LIMIT_MS);
      socket.send(JSON.stringify({ type: 'wakemesh.request', id, ...request }));
    });
}
