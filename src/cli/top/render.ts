/** A picture of the mesh as lines of text. State is told by shape and word; colour only repeats it. */
import { harmless } from '../terminal.js';
import { cell, cut } from './columns.js';
import type { Happening, Peer, Picture } from './watch-daemon.js';

type State = Peer['wakemesh']['state'];

/** What wants attention first. */
const ORDER: State[] = ['stale', 'handshaking', 'active', 'sighted', 'gone'];
const SHAPES: Record<State, string> = { active: '●', stale: '◆', handshaking: '◐', sighted: '○', gone: '×' };
/** SGR colours. */
const COLOURS: Record<State, number> = { active: 32, stale: 33, handshaking: 36, sighted: 90, gone: 31 };

interface Column {
  title: string;
  width: number;
  /** It is shown from this width of the terminal on. */
  from: number;
  text(peer: Peer): string;
}

const RECENT = 8;
const MIN_DEVICE = 16;
const AGO = 10;

const COLUMNS: Column[] = [
  { title: 'STATE', width: 31, from: 0, text: stateOf },
  { title: 'RTT', width: 8, from: 56, text: ({ rtt_ms: ms }) => (ms === null ? '' : `${ms} ms`) },
  { title: 'FRAME', width: AGO, from: 66, text: ({ wakemesh }) => ago(wakemesh.last_frame_ago_ms) },
  { title: 'PATH', width: 8, from: 74, text: pathOf },
  {
    title: 'SESSION',
    width: 8,
    from: 82,
    text: ({ wakemesh }) => (wakemesh.epoch === 0 ? '' : String(wakemesh.epoch)),
  },
];

export interface Look {
  columns: number;
  colour: boolean;
  nowMs: number;
}

/** Head, one section a network, and what happened lately. */
export function render(picture: Picture, look: Look): string[] {
  const name = picture.label ? `${harmless(picture.label)} ` : '';
  const lines = [`${name}${picture.device}  wakemesh ${picture.version}`];
  for (const network of picture.networks) lines.push('', ...networkLines(network, look));
  const happened = picture.happenings.slice(-RECENT).reverse();
  if (happened.length > 0)
    lines.push('', 'LATELY', ...happened.map((happening) => happeningLine(happening, look.nowMs)));
  return lines.map((line) => (line.includes('\u001b') ? line : cut(line, look.columns)));
}

function networkLines({ id, relays, peers }: Picture['networks'][number], look: Look): string[] {
  const admitted = relays.filter(({ state }) => state === 'admitted').length;
  const active = peers.filter(({ wakemesh }) => wakemesh.state === 'active').length;
  const head = `${id}: ${active} of ${peers.length} peers active, ${admitted} of ${relays.length} relays`;
  const down = relays
    .filter(({ state }) => state !== 'admitted')
    .map(({ url, state }) => `  relay ${harmless(url)}: ${state}`);
  if (peers.length === 0) return [head, ...down];
  const shown = COLUMNS.filter(({ from }) => look.columns >= from);
  const title = shown.map((column) => cell(column.title, column.width)).join('');
  return [head, ...down, `${title}DEVICE`, ...sorted(peers).map((peer) => peerLine(peer, shown, look))];
}

function sorted(peers: Peer[]): Peer[] {
  const rank = ({ wakemesh }: Peer) => ORDER.indexOf(wakemesh.state);
  return peers.toSorted((a, b) => rank(a) - rank(b) || (nameOf(a) < nameOf(b) ? -1 : 1));
}

function peerLine(peer: Peer, shown: Column[], { columns, colour }: Look): string {
  const [state = '', ...others] = shown.map(({ width, text }) => cell(text(peer), width));
  const left = columns - shown.reduce((sum, { width }) => sum + width, 0);
  const rest = (others.join('') + cut(nameOf(peer) + approval(peer), Math.max(left, MIN_DEVICE))).trimEnd();
  const line = cut(state + rest, columns);
  return colour
    ? `\u001b[${COLOURS[peer.wakemesh.state]}m${line.slice(0, state.length)}\u001b[0m${line.slice(state.length)}`
    : line;
}

function stateOf({ wakemesh: { state, detail } }: Peer): string {
  return `${SHAPES[state]} ${detail}`;
}

function nameOf({ label, device_id: id }: Peer): string {
  return label ? `${harmless(label)} (${id.slice(0, 8)})` : id;
}

function approval(peer: Peer): string {
  if (peer.wakemesh.detail !== 'handshaking.awaitingApproval') return '';
  const codes = `codes ${peer.verification_code_sent ?? '?'} / ${peer.verification_code_received ?? '?'}`;
  return peer.local_approve_sent ? `  waits for its approval, ${codes}` : `  waits for your approval, ${codes}`;
}

function pathOf({ selected_pair: pair }: Peer): string {
  if (!pair) return '';
  if (pair.local === 'relay' || pair.remote === 'relay') return 'relayed';
  return pair.local === 'host' && pair.remote === 'host' ? 'local' : 'direct';
}

function happeningLine({ at_ms: atMs, event }: Happening, nowMs: number): string {
  const when = cell(ago(Math.max(0, nowMs - atMs)), AGO);
  if (event.type === 'woke') return `${when}this process woke after ${duration(event.pausedMs)} (${event.kind})`;
  const name = event.peer.label ? harmless(event.peer.label) : event.peer.deviceId;
  return `${when}${name} is back by ${event.via} after ${Math.round(event.ms)} ms`;
}

function ago(ms: number | null): string {
  return ms === null ? '' : `${duration(ms)} ago`;
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 1) return `${Math.floor(ms / 100) / 10} s`;
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6_000) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h`;
}
