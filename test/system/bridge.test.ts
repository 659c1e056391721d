import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { LiveSource } from '../../src/inspect/live-source.js';
import { actorMessage, eventMessage, type InspectMessage, snapshotMessage } from '../../src/inspect/messages.js';
import { type InspectServer, startInspectServer } from '../../src/inspect/server.js';
import { bothActive, closeAll, type Member, openMember, openRelay, runtime } from '../support/meshes.js';
import { openBrowser } from './support/browser.js';

let browser: Browser;
/** A stand-in for the hosted page, on an origin of its own. */
let hosted: Server;
let hostedUrl: string;
let mayBeFramed: boolean;
let server: InspectServer;

beforeAll(async () => {
  browser = await openBrowser();
  const code = await bundle();
  hosted = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    if (!mayBeFramed) response.setHeader('x-frame-options', 'DENY');
    response.end(`<script type="module">${code}</script>`);
  });
  hosted.listen(0, '127.0.0.1');
  await once(hosted, 'listening');
  hostedUrl = `http://127.0.0.1:${(hosted.address() as AddressInfo).port}/inspect`;
});

beforeEach(() => {
  mayBeFramed = true;
});

afterEach(async () => {
  await server.close();
  await closeAll();
});

afterAll(async () => {
  await browser.close();
  hosted.close();
});

/** The receiver page's script, with the real package in it. */
async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('support/receiver.js', import.meta.url));
  const lib = { entry, formats: ['es' as const] };
  const built = await build({ configFile: false, logLevel: 'warn', build: { write: false, minify: true, lib } });
  const [output] = [built].flat() as { output: { code: string }[] }[];
  return output!.output[0]!.code.replaceAll('</script', '<\\/script');
}

async function openBridge(member: Member, url = hostedUrl): Promise<{ page: Page; problems: string[] }> {
  const source = new LiveSource({ mesh: member.mesh, label: () => '', version: '0', runtime });
  server = await startInspectServer({ source, runtime, port: 0, hostedUrl: url });
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(server.bridgeUrl);
  return { page, problems };
}

async function receivedBy(page: Page): Promise<InspectMessage[]> {
  const frame = page.frames().find((candidate) => candidate.url() === hostedUrl);
  return (await frame?.evaluate('globalThis.received')) as InspectMessage[];
}

it('hands every machine on to the real receiver of @statelyai/inspect on another origin, and nothing else', async () => {
  const relay = await openRelay();
  const a = await openMember(relay);
  const { page, problems } = await openBridge(a);
  await vi.waitUntil(async () => (await receivedBy(page))?.some(({ type }) => type === '@xstate.actor'), {
    timeout: 20_000,
  });
  const b = await openMember(relay);
  await bothActive(a, b);
  const steady = (message: InspectMessage) =>
    message.type === '@xstate.snapshot' && JSON.stringify(message.snapshot.value) === '{"active":"steady"}';
  await vi.waitUntil(async () => (await receivedBy(page)).some(steady), { timeout: 20_000 });

  const received = await receivedBy(page);
  const schemas = { '@xstate.actor': actorMessage, '@xstate.event': eventMessage, '@xstate.snapshot': snapshotMessage };
  for (const message of received) schemas[message.type as keyof typeof schemas].parse(message);
  const names = received.flatMap((message) => (message.type === '@xstate.actor' ? [message.name] : []));
  expect(names).toEqual(expect.arrayContaining(['node:team', `peer:${b.id}`]));
  expect(await page.locator('#note').isVisible()).toBe(false);
  expect(problems).toEqual([]);

  // The inspector is loaded again: the machines are told again, as they are now.
  await page
    .frames()
    .find((frame) => frame.url() === hostedUrl)!
    .goto(hostedUrl);
  await vi.waitUntil(
    async () =>
      (await receivedBy(page))?.some((message) => message.type === '@xstate.actor' && message.name === `peer:${b.id}`),
    { timeout: 20_000 },
  );
  await page.close();
});

it('says so plainly when the hosted page does not answer, and where the console is', async () => {
  const a = await openMember(await openRelay());
  const { page } = await openBridge(a, 'http://127.0.0.1:9/inspect');
  const note = page.locator('#note');
  await vi.waitUntil(async () => (await note.textContent())?.includes('has no way there'), { timeout: 20_000 });
  expect(await note.locator('a').getAttribute('href')).toBe(`/${new URL(server.consoleUrl).search}`);
  await page.close();
});

it('works in a window of its own when the page refuses to be framed', async () => {
  const a = await openMember(await openRelay());
  mayBeFramed = false;
  const { page } = await openBridge(a);
  const button = page.locator('#note button');
  await button.waitFor({ timeout: 20_000 });
  const [popup] = await Promise.all([page.waitForEvent('popup'), button.click()]);
  await vi.waitUntil(
    async () => ((await popup.evaluate('globalThis.received').catch(() => [])) as InspectMessage[])?.length > 0,
    { timeout: 20_000 },
  );
  await page.close();
});
