import type { BrowserContext, Page } from 'playwright-core';

/** Log lines kept per page. */
const KEPT = 60;
const journals = new Map<Page, string[]>();

function follow(page: Page): void {
  const lines: string[] = [];
  journals.set(page, lines);
  const add = (line: string) => {
    lines.push(`${new Date().toISOString().slice(11, 23)} ${line}`);
    if (lines.length > KEPT) lines.shift();
  };
  page.on('close', () => journals.delete(page));
  page.on('crash', () => add('the page crashed'));
  page.on('console', (message) => add(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => add(`uncaught: ${String(error)}`));
  page.on('framenavigated', (frame) => add(`at ${frame.url()}`));
  page.on('response', (response) => add(`${response.status()} ${response.url()}`));
  page.on('requestfailed', (request) => add(`${request.failure()?.errorText} ${request.url()}`));
  page.on('websocket', (socket) => {
    add(`socket opens: ${socket.url()}`);
    socket.on('socketerror', (error) => add(`socket fails: ${error}`));
    socket.on('close', () => add(`socket closed: ${socket.url()}`));
  });
}

/** Keeps a log of the context's pages, printed when a test fails: a random failure may not come again. */
export function keepJournal(context: BrowserContext): BrowserContext {
  context.on('page', follow);
  return context;
}

/** Prints the logs, with each page's text as it is now. */
export async function printJournals(): Promise<void> {
  const now = new Date().toISOString().slice(11, 23);
  for (const [page, lines] of journals) {
    const text = await page
      .locator('body')
      .innerText({ timeout: 1_000 })
      .catch((error: unknown) => String(error));
    const all = [`page at ${page.url()}, ${now}`, ...lines, ...text.split(/\n+/)];
    process.stderr.write(`${all.join('\n  ')}\n`);
  }
}
