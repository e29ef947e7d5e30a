import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openBrowser, signIn } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { TAG } from '../harness/survivors.ts';

const CLI = join(PROJECT, 'agent-runner', 'dist', 'cli.js');
/** As Claude Code gives it to a `PermissionRequest` hook. */
const ASK = {
  session_id: 'abc123',
  transcript_path: '/home/ada/.claude/projects/p/abc123.jsonl',
  cwd: '/home/ada/p',
  permission_mode: 'default',
  hook_event_name: 'PermissionRequest',
  tool_name: 'Bash',
  tool_input: { command: 'rm -rf node_modules', description: 'Remove node_modules' },
};

let muster: Muster;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  muster = await startMuster();
  browser = await openBrowser();
  page = await browser.newPage();
  await signIn(page, muster);
  const input = join(muster.directory, 'input.json');
  writeFileSync(input, JSON.stringify(ASK));
  const hook = `'${process.execPath}' '${CLI}' hook claude < ${input}`;
  const line = `for n in 1 2 3 4; do ${hook} > out; echo "rc $?" >> out; mv out out.$n; done; sleep 600`;
  const created = await api('POST', '/api/agents', {
    name: 'hooked',
    kind: 'terminal',
    program: { command: '/bin/sh', args: ['-c', line] },
    workspace: muster.directory,
    environment: { [TAG]: muster.tag },
  });
  expect(created).toMatchObject({ status: 201 });
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

async function api(method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${muster.token}`, 'content-type': 'application/json' };
  const response = await fetch(`${muster.url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json: unknown = await response.json();
  return { status: response.status, json };
}

const PermissionsSchema = z.object({
  permissions: z.array(z.object({ permissionId: z.string(), digest: z.string(), title: z.string() })),
});
const waiting = async () => PermissionsSchema.parse((await api('GET', '/api/permissions')).json).permissions;
const before = new Set<string>();
/** The next request. */
const asked = () =>
  eventually(async () => {
    const request = (await waiting()).find(({ permissionId }) => !before.has(permissionId));
    if (request === undefined) throw new Error('nothing is asked');
    before.add(request.permissionId);
    return request;
  });
const respond = ({ permissionId, digest }: { permissionId: string; digest: string }, body: object) =>
  api('POST', `/api/permissions/${permissionId}`, { digest, ...body });

/** What the hook printed the n-th time, and that it ended well. */
const printed = (n: number) =>
  eventually(async () => {
    const file = join(muster.directory, `out.${n}`);
    if (!existsSync(file)) throw new Error('the hook waits');
    const [line = '', end] = readFileSync(file, 'utf8').trim().split('\n');
    expect(end).toBe('rc 0');
    return JSON.parse(line).hookSpecificOutput;
  });

describe('[C13b] a program in a terminal that asks by its hook', () => {
  it('is in the inbox, and what is answered there is what its hook prints', async () => {
    const request = await asked();
    expect(request.title).toBe('Bash: rm -rf node_modules');
    expect(await api('GET', `/api/permissions/${request.permissionId}`)).toMatchObject({
      status: 200,
      json: { agentId: 'hooked', request: { directory: '/home/ada/p' }, resolution: { state: 'pending' } },
    });
    await eventually(async () =>
      expect(await api('GET', '/api/agents/hooked')).toMatchObject({
        json: { agent: { attention: { text: 'Claude Code asks. Bash: rm -rf node_modules' } } },
      }),
    );
    expect(await respond(request, { optionId: 'allow' })).toMatchObject({ status: 200 });
    expect(await printed(1)).toEqual({
      hookEventName: 'PermissionRequest',
      decision: { behavior: 'allow' },
    });
  });

  it('is told why not', async () => {
    const request = await asked();
    expect(await respond(request, { optionId: 'deny', message: 'Use npm ci' })).toMatchObject({
      status: 200,
    });
    expect(await printed(2)).toMatchObject({ decision: { behavior: 'deny', message: 'Use npm ci' } });
  });

  it('gets one answer of two that come at once', async () => {
    const request = await asked();
    const answers = await Promise.all([
      respond(request, { optionId: 'allow' }),
      respond(request, { optionId: 'deny' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const behavior = answers[0]?.status === 200 ? 'allow' : 'deny';
    expect(await printed(3)).toMatchObject({ decision: { behavior } });
  });

  it('has its card above the terminal, which it does not cover, and a row of the inbox leads there', async () => {
    const { permissionId } = await asked();
    await page.goto(muster.url);
    await page.locator(`[data-inbox-link="${permissionId}"]`).click();
    const card = page.getByTestId('permission-card');
    await card.waitFor();
    const above = await page.getByTestId('terminal-request').boundingBox();
    const below = await page.locator('.xterm').first().boundingBox();
    if (above === null || below === null) throw new Error('the page does not show both');
    expect(above.y + above.height).toBeLessThanOrEqual(below.y + 1);
    expect(below.height).toBeGreaterThan(100);
    await card.locator('[data-testid=option][data-kind=allow_once]').click();
    await card.waitFor({ state: 'detached' });
    expect(await printed(4)).toMatchObject({ decision: { behavior: 'allow' } });
    await eventually(async () => expect(await waiting()).toEqual([]));
  });
});
