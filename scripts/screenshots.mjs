// Takes the pictures of docs/console.md: a mesh of real daemons on this machine, one of them frozen and continued, seen in
// Debian's Chromium. Needs `npm run build` before it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { ControlClient } from '../dist/src/cli/control-client.js';
import { Processes } from '../dist/src/cli/demo/processes.js';

const FOLDER = fileURLToPath(new URL('../docs/console/', import.meta.url));
const FRIENDS = ['attic', 'kitchen', 'laptop', 'phone', 'server'];
const STRANGERS = ['garden', 'studio'];
const NETWORK = 'demo';

const processes = new Processes();
const relay = await processes.startRelay();

async function start(name, approvesAll) {
  processes.makeHome(name, relay);
  const path = join(processes.home(name), 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  config.networks[0].auto_approve = approvesAll;
  config.networks[0].wakemesh.gossip = false; // nobody is admitted by hearsay
  writeFileSync(path, JSON.stringify(config));
  processes.startDaemon(name);
  const client = await opened(join(processes.home(name), 'daemon.sock'));
  await client.request({ op: 'identity_set_label', label: name });
  const { pubkey } = await client.request({ op: 'identity_show' });
  return { name, client, id: pubkey };
}

async function opened(path) {
  for (let tries = 0; ; tries++) {
    try {
      return await ControlClient.open(path, 'screenshots');
    } catch (error) {
      if (tries > 600) throw error;
      await sleep(100);
    }
  }
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  mkdirSync(FOLDER, { recursive: true });
  const others = await Promise.all([...FRIENDS, ...STRANGERS].map((name) => start(name, true)));
  const desk = await start('desk', false);
  const { console_url } = await desk.client.request({ op: 'inspect_start' });
  const open = async (width, height, colorScheme) => {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    page.setDefaultTimeout(120_000);
    await page.goto(console_url);
    return page;
  };
  const [light, dark, narrow] = [
    await open(1280, 760, 'light'),
    await open(1280, 760, 'dark'),
    await open(360, 740, 'dark'),
  ];
  const show = (page, view) =>
    page.evaluate((to) => {
      location.hash = `#/${to}`;
    }, view);
  const shoot = async (page, name) => {
    await page.mouse.move(0, 0);
    await sleep(700); // whatever moves has come to rest
    await page.screenshot({ path: `${FOLDER}${name}.png` });
  };
  const inState = (page, { id }, state) => page.locator(`.sky [data-device="${id}"][data-state="${state}"]`).waitFor();
  const byName = (name) => others.find((each) => each.name === name);

  await show(light, 'approvals');
  await light
    .locator('.waiting')
    .nth(others.length - 1)
    .waitFor();
  for (const { id } of others.filter(({ name }) => FRIENDS.includes(name))) {
    await desk.client.request({ op: 'roster_approve', network: NETWORK, device_id: id });
  }
  await light.locator('.waiting').nth(STRANGERS.length).waitFor({ state: 'detached' });
  await shoot(light, 'approvals');
  await show(light, 'relays');
  await shoot(light, 'relays');

  await show(light, 'map');
  processes.pause('laptop');
  await inState(light, byName('laptop'), 'stale');
  await shoot(light, 'map');
  await shoot(narrow, 'narrow');
  await dark.locator(`.sky [data-device="${byName('laptop').id}"]`).click();
  await dark.getByRole('link', { name: 'Open its machine' }).click();
  await dark.locator('.state.is-lit[data-path="stale"]').waitFor();
  await shoot(dark, 'machine');
  processes.resume('laptop');
  await inState(light, byName('laptop'), 'active');

  await sleep(5_000); // its own wake is over: the next one is ours alone
  await processes.pause('desk');
  await sleep(6_000);
  processes.resume('desk');
  await show(dark, 'timeline');
  await dark.getByTestId('last-recovery').waitFor();
  await dark.getByRole('button', { name: 'Shorter' }).waitFor();
  await sleep(3_000);
  await shoot(dark, 'timeline');
  await show(light, 'log');
  await shoot(light, 'log');
  for (const { client } of [desk, ...others]) client.close();
} finally {
  await browser.close();
  processes.close();
}
