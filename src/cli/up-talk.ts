/** The conversation of `up`: peers come and go, lines go out and come in, and strangers are asked about. */
import type { JoinedNetwork } from '../daemon/network-view.js';
import type { MeshEvent, PeerInfo } from '../mesh/api.js';
import type { Mesh } from '../mesh/mesh.js';
import { harmless, type Terminal } from './terminal.js';

const CHANNEL = 'chat';

/** Returns a function that ends it: our own goodbye is no news. */
export function talk(mesh: Mesh, { config, network }: JoinedNetwork, terminal: Terminal): () => void {
  const chat = network.channel<unknown>(CHANNEL);
  const tell = news();
  const waiting = new Map<string, PeerInfo>();

  const ask = () => {
    const [peer] = waiting.values();
    if (!peer) return;
    const codes = `it shows code ${peer.codeReceived}, you show code ${peer.codeSent}`;
    terminal.print(`approve ${nameOf(peer)}? ${codes} [y/N]`);
  };
  const decide = async (peer: PeerInfo, answer: string) => {
    waiting.delete(peer.deviceId);
    if (/^y(es)?$/i.test(answer.trim())) await network.approve(peer.deviceId, peer.label);
    else terminal.print(`${nameOf(peer)} is not admitted; it is asked about again when it comes back`);
    ask();
  };

  const unsubscribe = mesh.subscribe((event) => {
    if (event.network !== network.id) return;
    const line = tell(event);
    if (line !== undefined) terminal.print(line);
    if (event.type === 'authenticated' && !event.rostered && !config.auto_approve) {
      waiting.set(event.peer.deviceId, event.peer);
      if (waiting.size === 1) ask();
    }
    if (event.type === 'peer' && event.to !== 'handshaking') waiting.delete(event.peer.deviceId);
  });
  chat.subscribe(({ from, payload }) => {
    const peer = network.peer(from);
    terminal.print(`${peer ? nameOf(peer) : shortId(from)}: ${harmless(textOf(payload))}`);
  });
  terminal.onLine((line) => {
    const [peer] = waiting.values();
    if (peer) void decide(peer, line).catch((error) => terminal.print(`not approved: ${error.message}`));
    else if (line.trim() !== '' && chat.sendAll({ text: line }) === 0) terminal.print('(nobody is here yet)');
  });
  return unsubscribe;
}

/** Says what a person wants to know, and no more: most events are steps on the way. */
function news(): (event: MeshEvent) => string | undefined {
  const here = new Set<string>();
  const ofPeer = ({ peer, from, to, reason }: Extract<MeshEvent, { type: 'peer' }>) => {
    if (from === to) return undefined; // a step within a state
    if (to === 'active' && !here.has(peer.deviceId)) {
      here.add(peer.deviceId);
      return `+ ${nameOf(peer)} is here`;
    }
    if (to === 'gone' && here.delete(peer.deviceId)) return `- ${nameOf(peer)} is gone (${reason})`;
    return to === 'stale' ? `  ${nameOf(peer)} is silent` : undefined;
  };
  return (event) => {
    switch (event.type) {
      case 'peer':
        return ofPeer(event);
      case 'recovered':
        return `  ${nameOf(event.peer)} is back after ${Math.round(event.ms)} ms (${event.via})`;
      case 'woke':
        return `  this node was ${event.kind} for ${(event.pausedMs / 1000).toFixed(1)} s`;
      case 'relay':
        return event.relay.state === 'backoff' ? `  relay ${event.relay.url}: ${event.reason}` : undefined;
      default:
        return undefined;
    }
  };
}

function nameOf({ label, deviceId }: PeerInfo): string {
  return label === '' ? shortId(deviceId) : `${harmless(label)} (${shortId(deviceId)})`;
}

function shortId(deviceId: string): string {
  return `${deviceId.slice(0, 6)}…${deviceId.slice(-4)}`;
}

/** `{ "text": … }`, a bare text, or whatever else as JSON. */
function textOf(payload: unknown): string {
  if (typeof payload === 'string') return payload;
  const text = (payload as { text?: unknown } | null)?.text;
  return typeof text === 'string' ? text : JSON.stringify(payload);
}
