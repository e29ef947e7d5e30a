import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';

interface Player {
  /** Loads it first. */
  seek(to: string): Promise<unknown>;
  getDuration(): number | undefined;
}

/** The global that the bundle defines in the page. */
interface PlayerPage {
  readonly AsciinemaPlayer: {
    create(source: { readonly data: string }, element: Element | null, options: object): Player;
  };
}

/** Sent to the page as source, so it stands alone. */
async function lastScreen(cast: string): Promise<string[]> {
  const { AsciinemaPlayer } = globalThis as unknown as PlayerPage;
  const options = { preload: true, fit: false, controls: false };
  const player = AsciinemaPlayer.create({ data: cast }, document.querySelector('#player'), options);
  await player.seek('100%');
  if (player.getDuration() === undefined) throw new Error('the player cannot read it');
  // It draws in the next frame.
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  return [...document.querySelectorAll('.ap-line')].map((line) => (line.textContent ?? '').trimEnd());
}

/**
 * The lines at the end of an asciicast as asciinema's own player shows them: neither its reader nor its emulator has a
 * line of ours, or of xterm.js.
 */
export async function playedByAsciinema(browser: Browser, cast: string): Promise<string[]> {
  const page = await browser.newPage();
  try {
    await page.setContent('<div id="player"></div>');
    await page.addScriptTag({
      content: readFileSync(
        fileURLToPath(import.meta.resolve('asciinema-player/dist/bundle/asciinema-player.min.js')),
        'utf8',
      ),
    });
    return await page.evaluate(lastScreen, cast);
  } finally {
    await page.close();
  }
}
