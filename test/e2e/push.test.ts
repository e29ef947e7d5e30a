import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ConversationApi } from '../harness/conversations.ts';
import { eventually } from '../harness/eventually.ts';
import { tokenOf } from '../harness/members.ts';
import { type Muster, startMuster } from '../harness/muster.ts';
import { PushService } from '../harness/push-service.ts';

const DevicesSchema = z.object({
  subscriptions: z.array(
    z.object({
      subscriptionId: z.string(),
      device: z.string(),
      lastOutcome: z.object({ outcome: z.string() }).nullable(),
    }),
  ),
});
const KeySchema = z.object({ key: z.string() });
const AuditSchema = z.object({
  entries: z.array(
    z.object({ memberId: z.string().nullable(), name: z.string(), target: z.string().nullable() }),
  ),
});
/** A test waits so long before it is sent, ms. */
const TEST_DELAY = 3_000;

let muster: Muster;
let api: ConversationApi;
let ada: string;
beforeAll(async () => {
  muster = await startMuster({ environment: { MUSTER_PUSH_LOOPBACK: 'yes' } });
  api = new ConversationApi(muster);
  await api.createAgent('coder');
  ada = await tokenOf(muster, { name: 'Ada', role: 'operator' });
});
afterAll(() => muster[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const { subscriptionId } of await devices())
    await asAda('DELETE', '/api/push/subscriptions', { subscriptionId });
});

/** What Ada's browser asks; what a service worker without a session does where `token` is null. */
async function asAda(method: string, path: string, body?: object, token: string | null = ada) {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const headers = { ...authorization, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${muster.url}${path}`, { method, headers, ...sent });
  const text = await response.text();
  const json: unknown = text === '' ? null : JSON.parse(text);
  return { status: response.status, json };
}

const press = (token: string, optionId: string) => asAda('POST', '/api/push/act', { token, optionId }, null);

async function devices() {
  const { json } = await asAda('GET', '/api/push/subscriptions');
  return DevicesSchema.parse(json).subscriptions;
}

async function subscribe(service: PushService, device: string): Promise<void> {
  const answer = await asAda('POST', '/api/push/subscriptions', service.subscription(device));
  expect(answer).toMatchObject({ status: 201, json: { device } });
}

/** A conversation whose agent asks, and what it asks. */
async function asking() {
  const conversation = await api.create('coder');
  await api.send(conversation, 'ask');
  return { conversation, ...(await api.asked(conversation)) };
}

describe('pushes to a device', () => {
  it('[C10] [C10a] [C10b] a request reaches it, is answered by its button once, and gives way on the others', async () => {
    await using phone = await PushService.open();
    await using tablet = await PushService.open();
    await subscribe(phone, 'phone');
    await subscribe(tablet, 'tablet');
    const { conversation, permissionId } = await asking();
    const tag = `request:${permissionId}`;
    const push = await phone.next((payload) => payload.tag === tag);
    expect(push.payload).toMatchObject({
      kind: 'request',
      title: expect.stringMatching(/^coder asks on /),
      body: 'rm: rm -rf build',
      url: `/agents/coder?conversation=${encodeURIComponent(conversation)}`,
      actions: [
        { action: 'once', title: 'Allow once' },
        { action: 'reject', title: 'Reject' },
      ],
    });
    const { key } = KeySchema.parse((await asAda('GET', '/api/push/key')).json);
    expect(await phone.senderOf(push, key)).toMatchObject({ sub: 'mailto:muster@localhost' });
    await tablet.next((payload) => payload.tag === tag);
    await eventually(async () =>
      expect((await devices()).map(({ lastOutcome }) => lastOutcome?.outcome)).toEqual(['sent', 'sent']),
    );

    const token = push.payload.actions[0]?.token ?? '';
    expect(await press(token, 'reject')).toMatchObject({ status: 400 });
    expect(await press(token, 'once')).toMatchObject({ status: 200 });
    await api.says(conversation, 'agent: chose once');
    expect(await press(token, 'once')).toMatchObject({
      status: 401,
      json: { error: { details: { reason: 'used' } } },
    });
    const answered = await tablet.next(({ kind }) => kind === 'answered');
    expect(answered.payload).toMatchObject({ tag, body: 'Ada (push): Allow once', actions: [] });
    await eventually(async () => {
      const { json } = await api.call('GET', '/api/audit?action=permission:respond');
      expect(AuditSchema.parse(json).entries).toContainEqual({
        ...{ memberId: 'ada', name: 'Ada (push)', target: permissionId },
      });
    });
    // The device that was pressed has closed its own.
    expect(phone.pushes).toHaveLength(1);
  });

  it('[C10] the test that somebody asks for comes after 3 s', async () => {
    await using phone = await PushService.open();
    await subscribe(phone, 'phone');
    const asked = performance.now();
    expect(await asAda('POST', '/api/push/test')).toMatchObject({ status: 202, json: { devices: 1 } });
    const { payload, at } = await phone.next(({ kind }) => kind === 'test');
    expect(payload).toMatchObject({ title: 'Muster reaches this device', tag: 'test', url: '/' });
    expect(at - asked).toBeGreaterThanOrEqual(TEST_DELAY);
  });

  it('[C10a] one that its service does not know any more is removed', async () => {
    await using phone = await PushService.open();
    phone.answers.push(410);
    await subscribe(phone, 'phone');
    await asking();
    await phone.next(({ kind }) => kind === 'request');
    await eventually(async () => expect(await devices()).toEqual([]));
  });

  it('[C10a] a push that its service could not take is sent again', async () => {
    await using phone = await PushService.open();
    phone.answers.push(500);
    await subscribe(phone, 'phone');
    const { permissionId } = await asking();
    await eventually(async () => {
      expect(phone.pushes.map(({ payload }) => payload.permissionId)).toEqual([permissionId, permissionId]);
      expect(await devices()).toMatchObject([{ lastOutcome: { outcome: 'sent' } }]);
    });
  });
});
