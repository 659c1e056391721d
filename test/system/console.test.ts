/** The mesh console as a person uses it: real daemons, a real browser, no network but loopback. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { cleanUp, type DaemonProcess, networkConfig, startDaemon, startProgram } from '../support/daemon.js';
import { startRelayProcess, until } from '../support/daemon-pair.js';
import { openBrowser, openPage } from './support/browser.js';

const NETWORK = 'seen';
/** Only ends hangs. */
const BOUND_MS = 60_000;
const VIEWS = ['map', 'machine', 'timeline', 'approvals', 'relays', 'log'];

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await cleanUp();
});
afterAll(() => browser.close());

interface Member {
  daemon: DaemonProcess;
  id: string;
  consoleUrl: string;
  socketUrl: string;
}

async function member(relay: string, more: object = {}): Promise<Member> {
  const daemon = await startDaemon({ config: { networks: [networkConfig(NETWORK, relay, more)] } });
  const { pubkey } = await daemon.ask('identity_show');
  const { console_url, socket_url } = await daemon.ask('inspect_start');
  return { daemon, id: pubkey, consoleUrl: console_url, socketUrl: socket_url };
}

const onMap = (page: Page, { id }: Member, state: string) =>
  page.locator(`.sky [data-device="${id}"][data-state="${state}"]`).waitFor({ timeout: BOUND_MS });
const lit = (page: Page, path: string) =>
  page.locator(`.state.is-lit[data-path="${path}"]`).first().waitFor({ timeout: BOUND_MS });
const view = (page: Page, name: string) => page.getByRole('navigation').getByRole('link', { name }).click();

test('a frozen peer is seen to go stale and to come back: on the map, in its chart, on the timeline', async () => {
  const relay = await startRelayProcess();
  const [near, far] = [await member(relay), await member(relay)];
  const { page, problems } = await openPage(browser, near.consoleUrl);
  await onMap(page, far, 'active');

  await page.locator(`.sky [data-device="${far.id}"]`).click();
  await page.getByRole('link', { name: 'Open its machine' }).click();
  await lit(page, 'active');
  await lit(page, 'active.steady');

  far.daemon.kill('SIGSTOP');
  await lit(page, 'stale');
  expect(await page.locator('.state.is-lit[data-path="active"]').count()).toBe(0);
  await page.locator('.armed li').first().waitFor({ timeout: BOUND_MS }); // it waits for the end of a probe
  await page.locator('.line.is-taken').first().waitFor({ timeout: BOUND_MS });
  await view(page, 'Map');
  await onMap(page, far, 'stale');

  far.daemon.kill('SIGCONT');
  await onMap(page, far, 'active');
  await view(page, 'Timeline');
  const lane = page.locator(`.lane[data-device="${far.id}"]`);
  await lane.locator('.span.is-stale').first().waitFor({ timeout: BOUND_MS });
  await lane.locator('.mark.is-revived').first().waitFor({ timeout: BOUND_MS });
  await page.getByTestId('last-recovery').waitFor({ timeout: BOUND_MS });
  await view(page, 'Machine');
  await page.locator('[data-session]').last().click();
  await page.getByTestId('last-step').waitFor({ timeout: BOUND_MS });
  expect(problems).toEqual([]);
});

test('our own freeze is a wake on our lane, and the card says how the time since the thaw was spent', async () => {
  const relay = await startRelayProcess();
  const [near, far] = [await member(relay), await member(relay)];
  const { page, problems } = await openPage(browser, near.consoleUrl);
  await onMap(page, far, 'active');
  near.daemon.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  near.daemon.kill('SIGCONT');
  await view(page, 'Timeline');
  await page.locator(`.lane[data-device="${near.id}"] .mark.is-wake`).waitFor({ timeout: BOUND_MS });
  await page.getByTestId('last-recovery').locator('li').first().waitFor({ timeout: BOUND_MS });
  expect(problems).toEqual([]);
});

test('two people compare codes and approve in the console', async () => {
  const relay = await startRelayProcess();
  const [near, far] = [await member(relay, { auto_approve: false }), await member(relay, { auto_approve: false })];
  const { page, problems } = await openPage(browser, near.consoleUrl);
  await view(page, 'Approvals');
  const card = page.locator(`.waiting[data-device="${far.id}"]`);
  await card.waitFor({ timeout: BOUND_MS });
  const { peers } = await far.daemon.ask('peers_list', { network: NETWORK });
  const seen = peers.find((peer: { device_id: string }) => peer.device_id === near.id);
  const codes = await card.locator('.codes dd').allTextContents();
  expect(codes).toEqual([seen.verification_code_received, seen.verification_code_sent]);

  await card.getByRole('button', { name: 'Approve' }).click();
  await card.getByText('You wait for them').waitFor({ timeout: BOUND_MS });
  await far.daemon.ask('roster_approve', { network: NETWORK, device_id: near.id });
  await view(page, 'Map');
  await onMap(page, far, 'active');
  expect(problems).toEqual([]);
});

test('a peer that is started anew is rebuilt step by step, and nothing secret is told: no key, token or description', async () => {
  const relay = await startRelayProcess();
  const [near, far] = [await member(relay), await member(relay)];
  const { page, problems, received } = await openPage(browser, near.consoleUrl);
  await onMap(page, far, 'active');
  far.daemon.kill('SIGKILL'); // negotiation, and its end, under watch
  const again = await startDaemon({ home: far.daemon.home });
  await until(async () => {
    const { peers } = await again.ask('peers_list', { network: NETWORK });
    return peers.some((peer: { status: string }) => peer.status === 'active');
  });
  await onMap(page, far, 'active');
  await view(page, 'Timeline');
  const card = page.getByTestId('last-recovery');
  for (const step of ['ICE', 'DTLS', 'first frame']) await card.getByText(step).waitFor({ timeout: BOUND_MS });
  const told = received.join('\n');
  expect(told.length).toBeGreaterThan(10_000);
  expect(told.includes(secretOf(near.daemon.home))).toBe(false);
  expect(told).not.toContain(new URL(near.consoleUrl).searchParams.get('token'));
  expect(told).not.toMatch(/a=ice-|a=fingerprint|ice-pwd|candidate:\d/);
  expect(problems).toEqual([]);
});

function secretOf(home: string): string {
  const { secret_key } = JSON.parse(readFileSync(join(home, '.secrets', 'identity.json'), 'utf8'));
  return secret_key;
}

test('a recovery is recorded and played back; a damaged recording plays up to the fault and says where', async () => {
  const relay = await startRelayProcess();
  const [near, far] = [await member(relay), await member(relay)];
  const live = await openPage(browser, near.consoleUrl);
  await onMap(live.page, far, 'active');
  const file = join(near.daemon.home, 'recovery.jsonl');
  const recorder = startProgram(['record', file], { home: near.daemon.home });
  await until(() => recorder.stderr().includes('recording to'));
  far.daemon.kill('SIGSTOP');
  await onMap(live.page, far, 'stale');
  far.daemon.kill('SIGCONT');
  await onMap(live.page, far, 'active');
  recorder.child.kill('SIGINT');
  await recorder.exited;

  const played = await openPage(browser, await replayed(file));
  await played.page.getByText(', ended').waitFor({ timeout: BOUND_MS });
  await view(played.page, 'Timeline');
  await played.page.locator(`.lane[data-device="${far.id}"] .span.is-stale`).first().waitFor({ timeout: BOUND_MS });
  await view(played.page, 'Machine');
  await lit(played.page, 'attention');
  expect(played.problems).toEqual([]);

  const lines = readFileSync(file, 'utf8').split('\n');
  const damaged = join(near.daemon.home, 'damaged.jsonl');
  writeFileSync(damaged, [...lines.slice(0, 30), '{"type":"wakemesh.pe', ...lines.slice(31)].join('\n'));
  const broken = await openPage(browser, await replayed(damaged));
  await broken.page.getByText('damaged in line 31').waitFor({ timeout: BOUND_MS });
  expect(broken.problems).toEqual([]);
});

/** Address of the console that plays this file. */
async function replayed(file: string): Promise<string> {
  const program = startProgram(['replay', file, '--speed', '20', '--no-open']);
  return /http:\S+/.exec(await program.said(/mesh console +http:\S+\n/))![0];
}

test('who has no token or comes from another page is refused', async () => {
  const near = await member(await startRelayProcess());
  const wrong = new URL(near.consoleUrl);
  wrong.searchParams.set('token', 'x'.repeat(32));
  expect((await fetch(wrong)).status).toBe(403);
  const page = await browser.newPage();
  expect((await page.goto(wrong.href))?.status()).toBe(403);

  const foreign = createServer((_, response) => response.end('<!doctype html><title>another page</title>'));
  foreign.listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
  const outcome = await page.evaluate(
    `new Promise((resolve) => {
      const socket = new WebSocket(${JSON.stringify(near.socketUrl)});
      socket.onopen = () => resolve('open');
      socket.onerror = () => resolve('refused');
    })`,
  );
  foreign.close();
  expect(outcome).toBe('refused');
});

test('everything is reached by keyboard, and fits a window of 360 pixels, dark and light', async () => {
  const relay = await startRelayProcess();
  const [near, far] = [await member(relay), await member(relay)];
  for (const colorScheme of ['dark', 'light'] as const) {
    const { page, problems } = await openPage(browser, near.consoleUrl, { width: 360, height: 740, colorScheme });
    await onMap(page, far, 'active');
    for (const name of VIEWS) {
      await page.evaluate(`location.hash = '#/${name}'`);
      await page.locator(`nav a[aria-current="page"][href="#/${name}"]`).waitFor({ timeout: BOUND_MS });
      expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBe(360);
    }
    expect(problems).toEqual([]);
  }

  const { page } = await openPage(browser, near.consoleUrl);
  await onMap(page, far, 'active');
  const reached = new Set<string>();
  for (let n = 0; n < 14; n++) {
    await page.keyboard.press('Tab');
    reached.add(
      String(await page.evaluate('document.activeElement.dataset.device ?? document.activeElement.textContent')),
    );
  }
  for (const name of ['Map', 'Machine', 'Timeline', 'Approvals', 'Relays', 'Log', far.id])
    expect(reached).toContain(name);
  await page.locator(`.sky [data-device="${far.id}"]`).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: /^Peer / }).waitFor({ timeout: BOUND_MS });
});
