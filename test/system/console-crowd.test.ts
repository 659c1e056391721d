/** The console before 200 peers that change ten times a second in all: what it shows, and how long the page was busy. */

import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InspectServer, startInspectServer } from '../../src/inspect/server.js';
import { systemRuntime } from '../../src/runtime.js';
import { openBrowser, openPage } from './support/browser.js';
import { Crowd } from './support/crowd.js';

const PEERS = 200;
const WATCHED_MS = 6_000;
const VIEWS = ['map', 'timeline', 'machine', 'log', 'approvals', 'relays'];
const consoleFolder = fileURLToPath(new URL('../../dist/console/', import.meta.url));

let browser: Browser;
let server: InspectServer;
beforeAll(async () => {
  browser = await openBrowser();
  server = await startInspectServer({ source: new Crowd(PEERS, 10), runtime: systemRuntime(), port: 0, consoleFolder });
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

test('200 peers: all are on the map, lists hold only what is in sight, and one is found by name', async () => {
  const { page, problems } = await openPage(browser, server.consoleUrl);
  const marks = page.locator('.sky [data-device]');
  await marks.nth(PEERS - 1).waitFor();
  expect(await marks.count()).toBe(PEERS);
  expect(await page.locator('.windowed .row').count()).toBeLessThan(60);
  await page.getByRole('searchbox', { name: 'Find peers' }).fill('device 137');
  await page.locator('.windowed .row').filter({ hasText: 'device 137' }).waitFor();
  expect(await page.locator('.windowed .row').count()).toBe(1);
  await page.locator('.windowed .row').click();
  await page.getByRole('region', { name: 'Peer device 137' }).waitFor();
  await page.evaluate(`location.hash = '#/timeline'`);
  await page.locator('.lane').first().waitFor();
  expect(await page.locator('.lane').count()).toBeLessThan(60);
  expect(problems).toEqual([]);
});

test('how soon it paints and how long it was busy at once, measured', async () => {
  const { page, problems } = await openPage(browser, server.consoleUrl);
  await page
    .locator('.sky [data-device]')
    .nth(PEERS - 1)
    .waitFor();
  const paintMs = await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0].startTime`);
  console.log(`first contentful paint ${Math.round(Number(paintMs))} ms`);
  await page.evaluate(`
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longTasks.push(Math.round(duration));
    }).observe({ type: 'longtask' });
  `);
  for (const view of VIEWS) {
    await page.evaluate(`location.hash = '#/${view}'`);
    await page.waitForTimeout(WATCHED_MS);
    const tasks = (await page.evaluate('longTasks.splice(0)')) as number[];
    console.log(`${view}: ${tasks.length} tasks of 50 ms or more, the longest ${Math.max(0, ...tasks)} ms`);
  }
  expect(problems).toEqual([]);
});
