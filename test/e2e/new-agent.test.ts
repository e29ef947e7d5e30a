import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, signIn } from '../harness/browser.ts';
import { type Muster, startMuster } from '../harness/muster.ts';

let muster: Muster;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  page = await (await browser.newContext()).newPage();
  await signIn(page, muster);
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

interface Filled {
  readonly name?: string;
  readonly program?: string;
  readonly directory?: string;
}

async function submit({
  name = 'fine',
  program = 'sleep 1000',
  directory = muster.directory,
}: Filled): Promise<void> {
  await page.goto(`${muster.url}/new`);
  await page.getByLabel('Program', { exact: true }).fill(program);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Directory', { exact: true }).fill(directory);
  await page.getByRole('button', { name: 'Create agent' }).click();
}

/** A field's value, by its visible label and its accessible description. */
async function errorAt(label: string): Promise<string> {
  const control = page.getByLabel(label, { exact: true }).and(page.locator('[aria-invalid=true]'));
  await control.waitFor();
  const note = await control.getAttribute('aria-describedby');
  return page.locator(`[id="${note}"]`).innerText();
}

const api = async (path: string, body?: object) => {
  const headers = { authorization: `Bearer ${muster.token}`, 'content-type': 'application/json' };
  const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${muster.url}${path}`, init);
  return { status: response.status, json: (await response.json()) as { agents?: object[]; error?: object } };
};
const agents = async () => (await api('/api/agents')).json.agents;

describe('an agent that cannot start', () => {
  const CASES: readonly [
    string,
    Filled,
    string,
    RegExp,
    { readonly code: string; readonly field: string },
  ][] = [
    [
      'has no such program',
      { program: 'no-such-program-anywhere' },
      'Program',
      /There is no program/,
      { code: 'AGENT_SPAWN_FAILED', field: 'program.command' },
    ],
    [
      'would work outside the roots',
      { directory: '/etc' },
      'Directory',
      /under|root/,
      { code: 'INVALID_MESSAGE', field: 'workspace' },
    ],
    [
      'is called ../x',
      { name: '../x' },
      'Name',
      /letter or digit/,
      { code: 'INVALID_MESSAGE', field: 'name' },
    ],
    [
      'is called __proto__',
      { name: '__proto__' },
      'Name',
      /letter or digit/,
      { code: 'INVALID_MESSAGE', field: 'name' },
    ],
    [
      'has a name of 101 characters',
      { name: 'a'.repeat(101) },
      'Name',
      /at most 100/,
      { code: 'INVALID_MESSAGE', field: 'name' },
    ],
  ];

  it.each(CASES)(
    '%s: the error stands at the field, and nothing half-made stays',
    async (_, filled, label, words, error) => {
      await submit(filled);
      expect(await errorAt(label)).toMatch(words);
      expect(new URL(page.url()).pathname).toBe('/new');
      const { name = 'fine', program = 'sleep', directory = muster.directory } = filled;
      const answer = await api('/api/agents', { name, program: { command: program }, workspace: directory });
      expect(answer.json.error).toMatchObject({ code: error.code, details: { field: error.field } });
      expect(await agents()).toEqual([]);
    },
  );

  it('has a name that is taken, and only that one exists', async () => {
    await submit({ name: 'Twice' });
    await page.waitForURL('**/agents/twice');
    await submit({ name: 'twice' });
    expect(await errorAt('Name')).toMatch(/already an agent/);
    const answer = await api('/api/agents', { name: 'TWICE', program: { command: 'sleep' } });
    expect(answer).toMatchObject({
      status: 409,
      json: { error: { code: 'AGENT_EXISTS', details: { field: 'name' } } },
    });
    expect(await agents()).toHaveLength(1);
  });
});

describe('a coding agent to talk with', () => {
  const goose = () => page.getByRole('button', { name: /^Goose/ });

  it('[C4] a tile says that this host lacks it, and the form how to get it; nothing half-made stays', async () => {
    const before = (await agents()) ?? [];
    await page.goto(`${muster.url}/new`);
    await goose().click();
    expect(await goose().getAttribute('aria-pressed')).toBe('true');
    expect(await goose().innerText()).toContain('not installed');
    expect(await page.getByTestId('adapter-missing').innerText()).toContain('goose is not on the PATH');
    await page.getByLabel('Directory', { exact: true }).fill(muster.directory);
    await page.getByRole('button', { name: 'Create agent' }).click();
    expect(await errorAt('Host')).toMatch(/Goose cannot start on .*: goose is not on its PATH/);
    expect(await agents()).toHaveLength(before.length);
  });

  it('[C4] any program that speaks ACP is made one of the kind acp', async () => {
    await page.goto(`${muster.url}/new`);
    await page.getByRole('button', { name: /^Another/ }).click();
    await page.getByLabel('Program that speaks ACP').fill('cat');
    await page.getByLabel('Name', { exact: true }).fill('talker');
    await page.getByLabel('Directory', { exact: true }).fill(muster.directory);
    await page.getByRole('button', { name: 'Create agent' }).click();
    await page.waitForURL('**/agents/talker');
    expect(await agents()).toContainEqual(expect.objectContaining({ agentId: 'talker', kind: 'acp' }));
  });
});
