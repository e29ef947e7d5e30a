import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { PROJECT } from '../harness/muster.ts';

const BUILT = join(PROJECT, 'dashboard', '.svelte-kit', 'cloudflare');
/** Of the list of agents, which most people see first. */
const MOST_FILES = 16;
const MOST_BYTES = 125_000;

it('[F16] [F13] the first page is few files and few bytes, shows a skeleton before any script ran, and has no terminal', () => {
  const page = readFileSync(join(BUILT, 'index.html'), 'utf8');
  // The disabled code is in the page itself, and is not loaded.
  const loaded = page.replaceAll(/<link [^>]*\bdisabled\b[^>]*>/g, '');
  const files = [...new Set(loaded.match(/_app\/immutable\/[^"]+?\.(?:js|css)/g))];
  const bodies = files.map((file) => readFileSync(join(BUILT, file)));
  const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, gzipSync(page).length);
  expect(files.length).toBeLessThanOrEqual(MOST_FILES);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  expect(bodies.some((body) => body.includes('xterm-helper-textarea'))).toBe(false);
  expect(page).toContain('Loading agents');
});
