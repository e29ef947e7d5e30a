import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { seriousFindings } from '../harness/axe.ts';
import { openBrowser, signIn } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { tokenOf } from '../harness/members.ts';
import { type Muster, PROJECT, startMuster } from '../harness/muster.ts';
import { survivorsOf, TAG } from '../harness/survivors.ts';

const AGENT = join(PROJECT, 'agent-runner', 'test', 'support', 'acp-agent.ts');
const POLICY = '/api/agents/coder/policy';

let muster: Muster;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  [muster, browser] = await Promise.all([startMuster(), openBrowser()]);
  page = await browser.newPage();
  await signIn(page, muster);
  const created = await api('POST', '/api/agents', {
    name: 'coder',
    kind: 'acp',
    program: { command: process.execPath, args: [AGENT] },
    workspace: muster.directory,
    environment: { [TAG]: muster.tag },
    policy: { rules: [{ command: 'rm -rf build', decision: 'allow' }] },
  });
  expect(created).toMatchObject({ status: 201 });
});
afterAll(async () => {
  await browser.close();
  await muster[Symbol.asyncDispose]();
});

async function api(method: string, path: string, body?: object, token = muster.token) {
  const response = await fetch(`${muster.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json: unknown = await response.json();
  return { status: response.status, json };
}

const PolicySchema = z.object({
  revision: z.number(),
  rules: z.array(z.object({ command: z.string().optional(), createdByName: z.string() })),
});
const policy = async () => PolicySchema.parse((await api('GET', POLICY)).json);
async function setPolicy(rules: readonly object[], over: object = {}): Promise<void> {
  expect(await api('PUT', POLICY, { rules, ...over })).toMatchObject({ status: 200 });
}

const AuditSchema = z.object({ entries: z.array(z.object({ action: z.string() })) });
const AgentSchema = z.object({ agent: z.looseObject({ pid: z.number() }) });
const CreatedSchema = z.object({ conversationId: z.string() });
/** A new conversation in which this was said. */
async function say(text: string): Promise<string> {
  const { conversationId } = CreatedSchema.parse(
    (await api('POST', '/api/agents/coder/conversations', {})).json,
  );
  await api('POST', `/api/conversations/${conversationId}/messages`, { content: text });
  return conversationId;
}

const MessagesSchema = z.object({
  messages: z.array(z.object({ item: z.looseObject({ kind: z.string() }) })),
});
async function items(conversationId: string) {
  const { json } = await api('GET', `/api/conversations/${conversationId}/messages`);
  return MessagesSchema.parse(json).messages.map(({ item }) => item);
}
const says = (conversationId: string, text: string) =>
  eventually(async () =>
    expect(await items(conversationId)).toContainEqual(expect.objectContaining({ text })),
  );

const PermissionsSchema = z.object({
  permissions: z.array(
    z.object({ permissionId: z.string(), conversationId: z.string(), digest: z.string() }),
  ),
});
/** The request that waits in this conversation. */
const asked = (conversationId: string) =>
  eventually(async () => {
    const { permissions } = PermissionsSchema.parse((await api('GET', '/api/permissions')).json);
    const request = permissions.find((one) => one.conversationId === conversationId);
    if (request === undefined) throw new Error('nothing is asked');
    return request;
  });

describe('[C9a] [C9c] [C9d] the policy of an agent', () => {
  it('with which it was created answers without a person, and its call says so', async () => {
    const conversation = await say('ask');
    await says(conversation, 'chose once');
    const tool = (await items(conversation)).find(({ kind }) => kind === 'tool');
    expect(tool).toMatchObject({ byPolicy: { decision: 'allow', command: 'rm -rf build' } });
    const { json } = await api('GET', '/api/permissions');
    expect(PermissionsSchema.parse(json).permissions).toEqual([]);
  });

  it('rejects, and a rule that was removed asks again', async () => {
    await setPolicy([{ toolKind: 'execute', decision: 'reject' }]);
    await says(await say('ask'), 'chose reject');
    await setPolicy([]);
    const conversation = await say('ask');
    const { permissionId, digest } = await asked(conversation);
    expect(
      await api('POST', `/api/permissions/${permissionId}`, { optionId: 'reject', digest }),
    ).toMatchObject({
      status: 200,
    });
    await says(conversation, 'chose reject');
  });

  it('is of a revision: a page that saw an older one is refused', async () => {
    const { revision } = await policy();
    const rules = [{ command: 'ls', decision: 'allow' }];
    expect(await api('PUT', POLICY, { rules, revision })).toMatchObject({ status: 200 });
    expect(await api('PUT', POLICY, { rules: [], revision })).toMatchObject({
      status: 409,
      json: { error: { code: 'INVALID_STATE' } },
    });
    const both = await Promise.all([
      api('PUT', POLICY, { rules: [], revision: revision + 1 }),
      api('PUT', POLICY, { rules, revision: revision + 1 }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('[X5] is read by viewers and changed by admins', async () => {
    for (const role of ['viewer', 'operator'] as const) {
      const token = await tokenOf(muster, { name: role, role });
      expect(await api('GET', POLICY, undefined, token)).toMatchObject({ status: 200 });
      expect(await api('PUT', POLICY, { rules: [] }, token)).toMatchObject({ status: 403 });
    }
  });

  it('refuses rules that cannot be kept, with what is allowed', async () => {
    for (const rule of [
      { toolKind: 'switch_mode', decision: 'allow' },
      { path: '../x', decision: 'allow' },
      { decision: 'allow' },
      { command: 'x'.repeat(501), decision: 'allow' },
    ])
      expect(await api('PUT', POLICY, { rules: [rule] })).toMatchObject({ status: 400 });
    expect(await api('GET', '/api/agents/nobody/policy')).toMatchObject({ status: 404 });
  });

  it('"always, by Muster" keeps one rule when two members answer at once, and it answers from then on', async () => {
    await setPolicy([]);
    const conversation = await say('ask');
    const { permissionId, digest } = await asked(conversation);
    const bob = await tokenOf(muster, { name: 'Bob', role: 'admin' });
    const answer = { optionId: 'once', digest, always: true };
    const answers = await Promise.all([
      api('POST', `/api/permissions/${permissionId}`, answer),
      api('POST', `/api/permissions/${permissionId}`, answer, bob),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    await says(conversation, 'chose once');
    const { rules } = await policy();
    expect(rules).toMatchObject([{ command: 'rm -rf build' }]);
    expect(rules[0]?.createdByName === 'Bob').toBe(answers[1]?.status === 200);
    await says(await say('ask'), 'chose once');
  });

  it('is kept by a keeper that starts anew', async () => {
    const keepers = () =>
      survivorsOf(muster.tag).flatMap(({ command, pid }) => (/ keeper /.test(command) ? [pid] : []));
    const before = keepers();
    expect(before).not.toEqual([]);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    // The pid of an agent that talks is its keeper's.
    await eventually(async () => {
      const { agent } = AgentSchema.parse((await api('GET', '/api/agents/coder')).json);
      expect(agent).toMatchObject({ connection: 'online', status: 'running' });
      expect(before).not.toContain(agent.pid);
      expect(keepers()).toContain(agent.pid);
    });
    await says(await say('ask'), 'chose once');
  });

  it('marks a call that should have asked, and calls for people', async () => {
    await setPolicy([], { mustAsk: ['execute'] });
    const conversation = await say('tool');
    await says(conversation, 'Done');
    expect((await items(conversation)).find(({ kind }) => kind === 'tool')).toMatchObject({ unasked: true });
    const { json } = await api('GET', '/api/agents/coder');
    expect(json).toMatchObject({
      agent: { attention: { kind: 'tripwire', text: 'ran without asking: ls' } },
    });
    await eventually(async () => {
      const audit = await api('GET', '/api/audit?limit=50');
      const actions = AuditSchema.parse(audit.json).entries.map(({ action }) => action);
      expect(actions).toEqual(expect.arrayContaining(['policy:tripwire', 'policy:change']));
    });
    const quiet = await say('ask');
    const { permissionId, digest } = await asked(quiet);
    await api('POST', `/api/permissions/${permissionId}`, { optionId: 'once', digest });
    await says(quiet, 'chose once');
    expect((await items(quiet)).find(({ kind }) => kind === 'tool')).not.toHaveProperty('unasked');
  });

  it('is kept from a card by a person who saw the rule, and taken back on its page', async () => {
    await setPolicy([]);
    const conversation = await say('ask');
    await page.goto(`${muster.url}/agents/coder?conversation=${encodeURIComponent(conversation)}`);
    const card = page.getByTestId('permission-card');
    await card.getByTestId('always').click();
    await card.getByText('This rule is kept: Allow the command rm -rf build').waitFor();
    expect((await policy()).rules).toEqual([]);
    await card.getByTestId('keep-rule').click();
    await page.getByTestId('transcript').getByText('chose once').waitFor();
    const next = await say('ask');
    await says(next, 'chose once');
    await page.goto(`${muster.url}/agents/coder?conversation=${encodeURIComponent(next)}`);
    await page.getByTestId('by-policy').getByText('rm -rf build').waitFor();
    await page.getByRole('button', { name: 'More actions for coder' }).click();
    await page.getByRole('menuitem', { name: 'Policy' }).click();
    const rule = page.getByTestId('policy-rule');
    await rule.getByText('rm -rf build').waitFor();
    await page.getByTestId('try-command').fill('rm -rf build');
    await page.getByTestId('trial').getByText('Allowed').waitFor();
    await page.getByTestId('try-command').fill('rm -rf build; true');
    await page.getByTestId('trial').getByText('People are asked').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Remove: Allow the command rm -rf build' }).click();
    await page.getByText('No rule: people are asked').waitFor();
    expect((await policy()).rules).toEqual([]);
    const { permissionId, digest } = await asked(await say('ask'));
    await api('POST', `/api/permissions/${permissionId}`, { optionId: 'reject', digest });
  });

  it('is written on its page by keyboard, and not over what others wrote meanwhile', async () => {
    await setPolicy([]);
    await page.goto(`${muster.url}/agents/coder/policy`);
    await page.getByRole('button', { name: 'New rule…' }).press('Enter');
    await page.keyboard.type('npm *');
    await page.keyboard.press('Enter');
    await page.getByTestId('policy-rule').getByText('npm *').waitFor();
    await page.getByLabel('Running commands').press('Space');
    await eventually(async () => expect(await page.getByLabel('Running commands').isChecked()).toBe(true));
    await setPolicy([{ command: 'ls', decision: 'allow' }]);
    await page.getByRole('button', { name: 'Remove: Allow commands like npm *' }).click();
    await page.getByRole('alert').getByText('changed meanwhile').waitFor();
    await page.getByTestId('policy-rule').getByText('ls', { exact: true }).waitFor();
    expect((await policy()).rules).toMatchObject([{ command: 'ls' }]);
  });
});
