/** Debian's Chromium, and everything that goes wrong in it or comes over its sockets. */
import { type Browser, chromium, type Page } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox'] }); // root has no other way

export interface Watched {
  page: Page;
  /** Errors on the console, uncaught exceptions, requests that failed or went to another host. */
  problems: string[];
  /** What the sockets of the page received. */
  received: string[];
}

export interface Look {
  width?: number;
  height?: number;
  colorScheme?: 'light' | 'dark';
}

/** A page of its own, with cookies and storage of its own. */
export async function openPage(browser: Browser, url: string, look: Look = {}): Promise<Watched> {
  const { width = 1280, height = 800, colorScheme = 'light' } = look;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  const problems: string[] = [];
  const received: string[] = [];
  const { host } = new URL(url);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== host) problems.push(`another host: ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== host) problems.push(`another host: ${socket.url()}`);
    socket.on('framereceived', ({ payload }) => received.push(String(payload)));
  });
  await page.goto(url);
  return { page, problems, received };
}
