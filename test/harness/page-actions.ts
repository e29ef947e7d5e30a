import type { Locator, Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { eventually } from './eventually.ts';
import { screenOf } from './screen.ts';

/** Resolves when what is typed goes there: dialogs load their code first. */
export async function hasFocus(field: Locator): Promise<void> {
  await eventually(async () =>
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true),
  );
}

/** Pastes as a browser does, by key, menu or middle button: each ends in this event at the terminal's field. */
export async function pasteInto(terminal: Locator, text: string): Promise<void> {
  await terminal.locator('.xterm-helper-textarea').evaluate((field, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

/** Lets text go over a terminal. */
export async function dropOn(terminal: Locator, text: string): Promise<void> {
  await terminal.locator('.xterm-screen').evaluate((screen, dropped) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.setData('text/plain', dropped);
    screen.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, text);
}

/** Draws one finger over the page, and lifts it. */
export async function swipe(
  page: Page,
  from: { readonly x: number; readonly y: number },
  by: { readonly x?: number; readonly y?: number },
): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const steps = 8;
  const at = (step: number) => ({
    x: from.x + ((by.x ?? 0) * step) / steps,
    y: from.y + ((by.y ?? 0) * step) / steps,
  });
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at(0)] });
  for (let step = 1; step <= steps; step += 1)
    await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [at(step)] });
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await session.detach();
}

/** The middle of a box on the page. */
export async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('it is not on the page');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Where a piece of text stands on a terminal's screen, in px of the page: the middle of its first character. */
export async function placeOf(terminal: Locator, text: string): Promise<{ x: number; y: number }> {
  return terminal.evaluate((host, wanted) => {
    const emulator = Reflect.get(host, 'musterTerminal');
    const screen = host.querySelector('.xterm-screen');
    if (screen === null) throw new Error('no terminal is open here');
    const { viewportY, getLine } = {
      viewportY: emulator.buffer.active.viewportY,
      getLine: (y: number) => emulator.buffer.active.getLine(y)?.translateToString(true) ?? '',
    };
    const box = screen.getBoundingClientRect();
    for (let row = 0; row < emulator.rows; row += 1) {
      const column = getLine(viewportY + row).indexOf(wanted);
      if (column >= 0)
        return {
          x: box.left + ((column + 0.5) * box.width) / emulator.cols,
          y: box.top + ((row + 0.5) * box.height) / emulator.rows,
        };
    }
    throw new Error(`${wanted} is not on the screen`);
  }, text);
}

/** Resolves when a terminal's screen shows the text. */
export const shows = (terminal: Locator, text: string): Promise<void> =>
  vi.waitFor(async () => expect((await screenOf(terminal)).text.join('\n')).toContain(text), {
    timeout: 20_000,
    interval: 100,
  });

/** How large a terminal is, and which of its lines are seen. */
export const stateOf = (
  terminal: Locator,
): Promise<{ size: string; viewportY: number; baseY: number; font: number }> =>
  terminal.evaluate((host) => {
    const { buffer, cols, rows, options } = Reflect.get(host, 'musterTerminal');
    const { viewportY, baseY } = buffer.active;
    return { size: `${cols}x${rows}`, viewportY, baseY, font: Number(options.fontSize) };
  });
