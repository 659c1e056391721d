/** What the inspection server shows to a browser: the console's files, and the bridge to the hosted Stately inspector. */
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

export interface Page {
  type: string;
  body: string | Buffer;
  /** Content security policy, `default-src 'none'` aside. */
  policy: string;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/**
 * One file of the console, from the folder where it was built; undefined when there is none by that name. Its policy
 * allows scripts and styles of its own files and those with the nonce, workers of its own, and the socket: no `eval`, no
 * `style="…"` in HTML.
 */
export async function consoleFile(folder: string, path: string, host: string): Promise<Page | undefined> {
  const relative = normalize(path === '/' ? '/index.html' : decode(path));
  const type = TYPES[extname(relative)];
  if (!type || relative.split(sep).includes('..')) return undefined;
  try {
    const body = await readFile(join(folder, relative));
    const policy =
      `script-src 'self'; style-src 'self'; worker-src 'self'; ` +
      `img-src 'self' data:; font-src 'self'; connect-src 'self' ws://${host}; base-uri 'none'; form-action 'none'; ` +
      "frame-ancestors 'none'";
    return { type, policy, body };
  } catch {
    return undefined;
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

/**
 * Holds our socket and the hosted inspector in a frame, and hands on what Stately understands. Nothing may be posted
 * before the inspector says that it is there, and nothing is posted to any other page.
 */
export function bridgePage(hostedUrl: string, nonce: string, host: string): Page {
  const { origin } = new URL(hostedUrl);
  const policy =
    `script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; frame-src ${origin}; connect-src ws://${host}; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  return { type: TYPES['.html']!, policy, body: bridgeHtml(hostedUrl, origin, nonce) };
}

const bridgeHtml = (hostedUrl: string, origin: string, nonce: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Wakemesh in the Stately inspector</title>
<style nonce="${nonce}">
  html, body { margin: 0; height: 100% }
  body { display: flex; flex-direction: column; font: 14px/1.4 system-ui, sans-serif }
  iframe { flex: 1; border: 0; width: 100% }
  #note { margin: 0; padding: .5rem 1rem; background: #fff3cd; color: #3d2f00 }
  #note[hidden] { display: none }
</style>
<p id="note" role="status">Waiting for the Stately inspector at ${origin} …</p>
<iframe id="viewer" title="Stately inspector" sandbox="allow-scripts allow-same-origin allow-popups allow-forms" src="${hostedUrl}"></iframe>
<script nonce="${nonce}">
  const viewer = document.getElementById('viewer');
  const note = document.getElementById('note');
  let inspector = viewer.contentWindow;
  let socket;
  let patience;
  const say = (text) => {
    note.textContent = text;
    note.hidden = text === '';
  };
  const wait = () => {
    clearTimeout(patience);
    patience = setTimeout(() => {
      say('No answer from ${origin}: this browser has no way there. ');
      const link = document.createElement('a');
      link.href = '/' + location.search;
      link.textContent = 'The mesh console works without it.';
      // A page that refuses to be framed may still be opened.
      const popup = document.createElement('button');
      popup.textContent = 'Try a window of its own';
      popup.onclick = () => {
        inspector = open(${JSON.stringify(hostedUrl)}, 'stately');
        viewer.hidden = true;
        wait();
      };
      note.append(link, ' ', popup);
    }, 8000);
  };
  // The daemon tells a new socket of every actor, so there is nothing to keep for a viewer that comes or comes again.
  const dial = () => {
    if (socket) {
      socket.onclose = null;
      socket.close();
    }
    socket = new WebSocket('ws://' + location.host + '/socket' + location.search);
    socket.onopen = () => say('');
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type.startsWith('@xstate.')) inspector.postMessage(message, ${JSON.stringify(origin)});
    };
    socket.onclose = () => {
      say('The daemon is gone; trying again …');
      setTimeout(dial, 2000);
    };
  };
  addEventListener('message', (event) => {
    if (event.source !== inspector || event.origin !== ${JSON.stringify(origin)}) return;
    if (event.data?.type !== '@statelyai.connected') return;
    clearTimeout(patience);
    dial();
  });
  wait();
</script>
</html>
`;

export const NOT_BUILT =
  'The mesh console is not built: run `npm run build` in the folder of wakemesh. The Stately bridge is at /bridge.\n';
