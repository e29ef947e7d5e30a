import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import {
  DEFAULT_PUSH_SETTINGS,
  type PushPayload,
  PushPayloadSchema,
  type PushSettings,
  type TeamId,
} from '@muster/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lobbyOf } from '../../src/env.ts';
import { SqlitePushStore } from '../../src/team-lobby/storage/push.ts';
import { newHostId } from '../auth/host.ts';
import { call, dial, hello, lobbyStub, memberToken, newTeam, place } from '../front.ts';
import { create } from '../team-lobby/agents-rig.ts';
import { factsWithAcp, headOf, summary } from '../team-lobby/core/rig.ts';
import { Receiver } from './receiver.ts';

const NEWEST = Number.MAX_SAFE_INTEGER - 1_000;
const HOUR = 3_600_000;
const real = globalThis.fetch;
let services = 0;
let reports = 0;

/** A push service: what it is sent, and what it answers, in turn; 201 where nothing is said. */
class PushService {
  readonly endpoint: string;
  readonly pushes: PushPayload[] = [];
  readonly headers: Headers[] = [];
  readonly answers: Response[] = [];
  readonly receiver: Receiver;
  #waiting: (() => void)[] = [];

  constructor(receiver: Receiver) {
    services += 1;
    this.receiver = receiver;
    this.endpoint = `https://push.example.com/${services}`;
    const before = globalThis.fetch;
    vi.stubGlobal('fetch', async (input: RequestInfo, init?: RequestInit) => {
      if (String(input) !== this.endpoint) return before(input, init);
      const request = new Request(input, init);
      this.headers.push(request.headers);
      const text = await receiver.read(new Uint8Array(await request.arrayBuffer()));
      this.pushes.push(PushPayloadSchema.parse(JSON.parse(text)));
      for (const wake of this.#waiting.splice(0)) wake();
      return this.answers.shift() ?? new Response(null, { status: 201 });
    });
  }

  /** The push after so many. */
  async after(count: number): Promise<PushPayload> {
    for (;;) {
      const push = this.pushes[count];
      if (push !== undefined) return push;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** A team with an agent, a member and their device. */
async function scene() {
  const team = newTeam();
  const { host } = await hello(team, newHostId(), [], factsWithAcp());
  await host.next('lobby:welcome');
  const token = await memberToken(team);
  const viewer = await dial('/ws/dashboard', { team, token, query: 'features=acp' });
  const asked = viewer.ask(create({ kind: 'acp', model: 'claude', program: undefined }));
  const { spec } = await place(host);
  await asked;
  const service = new PushService(await Receiver.make());
  const { p256dh, auth } = service.receiver;
  const body = { endpoint: service.endpoint, keys: { p256dh, auth }, device: 'Phone' };
  expect((await call('POST', '/api/push/subscriptions', { team, token, body })).status).toBe(201);
  return { team, token, viewer, spec, service };
}

type Scene = Awaited<ReturnType<typeof scene>>;

function report({ team, spec }: Pick<Scene, 'team' | 'spec'>, count: number, resolved: object[] = []) {
  reports += 1;
  const heads = Array.from({ length: count }, (_, index) => headOf({ number: index + 1 }));
  return lobbyOf(env, team).report({
    ...{ agentUid: spec.agentUid, generation: 1, summaryRevision: NEWEST + reports },
    summary: summary({ pendingPermissions: count }),
    requests: heads,
    ...(resolved.length === 0
      ? {}
      : { resolved: [{ permissionId: 'one.p1', state: 'decided', name: 'Bo', answer: 'Allow' }] }),
  });
}

const devices = async (team: TeamId, token: string) => {
  const response = await call('GET', '/api/push/subscriptions', { team, token });
  const { subscriptions }: { subscriptions: { lastOutcome: { outcome: string } | null }[] } =
    await response.json();
  return subscriptions;
};
const outcome = (at: Scene, wanted: string) =>
  vi.waitFor(async () => {
    const [device] = await devices(at.team, at.token);
    expect(device?.lastOutcome?.outcome).toBe(wanted);
  });

/** Some ms later, when its alarm has come. */
async function later({ team }: Pick<Scene, 'team'>, ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
  await runDurableObjectAlarm(lobbyStub(team));
}

async function settle({ team, token }: Pick<Scene, 'team' | 'token'>, over: Partial<PushSettings>) {
  const body = { ...DEFAULT_PUSH_SETTINGS, ...over };
  expect((await call('PUT', '/api/push/settings', { team, token, body })).status).toBe(200);
}

/** An API token of the scene's member, as a script holds it. */
async function scriptToken({ team, token }: Pick<Scene, 'team' | 'token'>): Promise<string> {
  const body = { name: 'script', role: 'operator', expiresIn: 24 * HOUR };
  const response = await call('POST', '/api/tokens', { team, token, body });
  expect(response.status).toBe(201);
  const made: { token: string } = await response.json();
  return made.token;
}

/** Pushes in the outbox. */
const waiting = ({ team }: Pick<Scene, 'team'>) =>
  runInDurableObject(lobbyStub(team), (_lobby, { storage }) => {
    const store = new SqlitePushStore(storage, { countRows: () => undefined });
    return store.load().entries.length;
  });

afterEach(() => {
  vi.useRealTimers();
  vi.stubGlobal('fetch', real);
});

describe('pushes', () => {
  it('[C10] tell a device of a request, and replace it by the answer', async () => {
    const at = await scene();
    await report(at, 1);
    const push = await at.service.after(0);
    expect(push).toMatchObject({
      ...{ kind: 'request', permissionId: 'one.p1', tag: 'request:one.p1', badge: 1 },
      ...{ body: 'Run ls: ls', actions: [{ action: 'once', title: 'Allow' }] },
    });
    expect(at.service.headers[0]?.get('content-encoding')).toBe('aes128gcm');
    expect(at.service.headers[0]?.get('authorization')).toMatch(/^vapid t=.*, k=B/);
    await outcome(at, 'sent');
    await report(at, 0, [{}]);
    expect(await at.service.after(1)).toMatchObject({
      ...{ kind: 'answered', tag: 'request:one.p1', body: 'Bo: Allow', actions: [] },
    });
    expect(at.service.pushes).toHaveLength(2);
  });

  it('[C10] go to nobody where the page that is looked at acknowledges, and do where it does not', async () => {
    const at = await scene();
    const focus = { type: 'page:focus', payload: { agentId: at.spec.agentId, visible: true } } as const;
    await at.viewer.ask(focus);
    await report(at, 1);
    const { eventId } = await at.viewer.next('attention:event');
    await at.viewer.ask({ type: 'attention:seen', payload: { eventId } });
    await outcome(at, 'withheld');
    expect(at.service.pushes).toEqual([]);
    await report(at, 2);
    await at.viewer.next('attention:event');
    expect(at.service.pushes).toEqual([]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6_000 });
    await evictDurableObject(lobbyStub(at.team));
    await runDurableObjectAlarm(lobbyStub(at.team));
    expect(await at.service.after(0)).toMatchObject({ permissionId: 'one.p2' });
    vi.useRealTimers();
  });

  it('[C10a] are tried again after a failure', async () => {
    const at = await scene();
    at.service.answers.push(new Response(null, { status: 500 }));
    await report(at, 1);
    const first = await at.service.after(0);
    await expect(devices(at.team, at.token)).resolves.toMatchObject([{ lastOutcome: null }]);
    await later(at, 3_000);
    expect(await at.service.after(1)).toMatchObject({ kind: 'request', permissionId: first.permissionId });
    await outcome(at, 'sent');
    expect(at.service.pushes).toHaveLength(2);
  });

  it('[C10a] end with the subscription where the service does not know it', async () => {
    const at = await scene();
    at.service.answers.push(new Response(null, { status: 410 }));
    await report(at, 1);
    await at.service.after(0);
    await vi.waitFor(async () => expect(await devices(at.team, at.token)).toEqual([]));
  });

  it('[C10] remind once of a request that still waits', async () => {
    const at = await scene();
    await settle(at, { reminder: 1 });
    await report(at, 1);
    await at.service.after(0);
    await outcome(at, 'sent');
    await later(at, 61_000);
    expect(await at.service.after(1)).toMatchObject({
      ...{ kind: 'reminder', tag: 'request:one.p1', title: expect.stringMatching(/^Still waits: /) },
    });
    await vi.waitFor(async () => expect(await waiting(at)).toBe(0));
    await later(at, 600_000);
    expect(at.service.pushes).toHaveLength(2);
  });

  it('[C10] are withheld in quiet hours, and their device says so', async () => {
    const at = await scene();
    const clock = (ms: number) => new Date(Date.now() + ms).toISOString().slice(11, 16);
    await settle(at, { quietHours: { from: clock(-HOUR), to: clock(HOUR), timeZone: 'UTC' } });
    await report(at, 1);
    await vi.waitFor(async () =>
      expect(await devices(at.team, at.token)).toMatchObject([
        { lastOutcome: { outcome: 'withheld', reason: 'Your quiet hours' } },
      ]),
    );
    expect(at.service.pushes).toEqual([]);
  });

  it('[C10] are not withheld by a socket with an API token, whatever it says', async () => {
    const at = await scene();
    const token = await scriptToken(at);
    const script = await dial('/ws/dashboard', { team: at.team, token, query: 'features=acp' });
    await script.ask({ type: 'page:focus', payload: { agentId: at.spec.agentId, visible: true } });
    await report(at, 1);
    expect(await at.service.after(0)).toMatchObject({ kind: 'request' });
    await outcome(at, 'sent');
    expect(script.inbox.map(({ type }) => type)).not.toContain('attention:event');
  });

  it('[C10] have buttons whose tokens act once, for nothing else', async () => {
    const at = await scene();
    await report(at, 1);
    const [action] = (await at.service.after(0)).actions;
    const { team } = at;
    const body = { token: action?.token, optionId: 'once' };
    const other = await call('POST', '/api/push/act', { team, body: { ...body, optionId: 'always' } });
    expect(other.status).toBe(400);
    const broken = await call('POST', '/api/push/act', { team, body: { ...body, token: `${body.token}x` } });
    expect(broken.status).toBe(401);
    // The request is the test's own: its room knows none, so the right is used up by asking.
    expect((await call('POST', '/api/push/act', { team, body })).status).toBe(404);
    expect((await call('POST', '/api/push/act', { team, body })).status).toBe(401);
  });

  it('[C10] are of the member alone: their limits, their addresses, their end', async () => {
    const at = await scene();
    const { team, token } = at;
    const keys = { p256dh: at.service.receiver.p256dh, auth: at.service.receiver.auth };
    const add = (endpoint: string) =>
      call('POST', '/api/push/subscriptions', { team, token, body: { endpoint, keys } });
    expect((await add('https://127.0.0.1/a')).status).toBe(400);
    expect((await add(at.service.endpoint)).status).toBe(201);
    expect(await devices(team, token)).toHaveLength(1);
    const bo = await memberToken(team, 'viewer', Date.now(), 'bo');
    const body = { endpoint: at.service.endpoint };
    expect((await call('DELETE', '/api/push/subscriptions', { team, token: bo, body })).status).toBe(404);
    expect((await call('DELETE', '/api/push/subscriptions', { team, token, body })).status).toBe(204);
    expect(await devices(team, token)).toEqual([]);
  });
});
