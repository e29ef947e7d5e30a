import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Muster } from './muster.ts';

export type Priority = 'high' | 'normal' | 'low';

/** The commands beside an agent's terminal, as a person at this page uses them. */
export class Console {
  readonly page: Page;
  readonly pane: Locator;

  private constructor(page: Page) {
    this.page = page;
    this.pane = page.getByTestId('commands');
  }

  /** Opens the agent's page and its commands; resolves when they can be typed. */
  static async open(page: Page, muster: Muster, agentId: string): Promise<Console> {
    const opened = new Console(page);
    await page.goto(`${muster.url}/agents/${agentId}`);
    await page.getByTestId('status').waitFor();
    if (!(await opened.pane.isVisible())) await page.getByTitle('Commands (Ctrl+Shift+Enter)').click();
    await opened.pane.getByTestId('command-input').waitFor();
    return opened;
  }

  /** Types a line and runs it; resolves when the room has taken it. */
  async run(
    line: string,
    { retries = 0, priority = 'normal' as Priority, interactive = false } = {},
  ): Promise<void> {
    const input = this.pane.getByTestId('command-input');
    await this.pane.getByLabel('Retries while it fails').selectOption(String(retries));
    await this.pane.getByLabel('Priority').selectOption(priority);
    if (interactive) await this.pane.getByRole('button', { name: 'Interactive' }).click();
    await input.fill(line);
    // While the page has no connection yet, what is written stays.
    await expect
      .poll(() => this.pane.locator('button[type=submit]').isEnabled(), {
        timeout: 30_000,
      })
      .toBe(true);
    await input.press('Enter');
    await this.page.waitForFunction(
      (field) => field instanceof HTMLTextAreaElement && field.value === '',
      await input.elementHandle(),
    );
  }

  /** The latest of a line that is over. */
  ended(line: string): Locator {
    return this.pane.locator(`[data-testid=ended][data-command=${JSON.stringify(line)}]`).last();
  }

  running(line: string): Locator {
    return this.pane.locator(`[data-testid=running][data-command=${JSON.stringify(line)}]`);
  }

  /** The lines that wait, the next to start first. */
  queue(): Promise<string[]> {
    return this.pane
      .getByTestId('queued')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-command') ?? ''));
  }

  /** Takes a waiting line by its handle and lets it go over another. */
  async drag(line: string, over: string): Promise<void> {
    const [from, to] = await Promise.all(
      [line, over].map((one) =>
        this.pane
          .locator(`[data-testid=queued][data-command=${JSON.stringify(one)}]`)
          .getByTestId('grip')
          .boundingBox(),
      ),
    );
    if (!from || !to) throw new Error('what is to be dragged is not on the page');
    const { mouse } = this.page;
    await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await mouse.down();
    await mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 8 });
    await mouse.up();
  }
}
