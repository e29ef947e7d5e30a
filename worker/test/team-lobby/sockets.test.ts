import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pass } from '../clock.ts';
import { dashboard, lobbyStub, newTeam } from '../front.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('hibernation', () => {
  it('[H1] members stay connected over an eviction, with their subscriptions', async () => {
    const team = newTeam();
    const viewer = await dashboard(team);
    const { result } = await viewer.ask({ type: 'subscribe:agent', payload: {} });
    await evictDurableObject(lobbyStub(team));
    const subscriptionId = String(result?.['subscriptionId']);
    expect(await viewer.ask({ type: 'unsubscribe', payload: { subscriptionId } })).toMatchObject({
      success: true,
    });
    await evictDurableObject(lobbyStub(team));
    expect(await viewer.ask({ type: 'unsubscribe', payload: { subscriptionId } })).toMatchObject({
      error: { code: 'SUBSCRIPTION_NOT_FOUND' },
    });
  });

  it('[H1] a bare ping is answered by the platform and keeps the socket from the sweep', async () => {
    const team = newTeam();
    const stub = lobbyStub(team);
    const [pinging, silent] = [await dashboard(team), await dashboard(team)];
    await evictDurableObject(stub);
    pass(40_000);
    pinging.raw('{"type":"heartbeat"}');
    await pinging.next('heartbeat');
    pass(20_000);
    await runDurableObjectAlarm(stub);
    expect(await silent.end()).toMatchObject({ code: 1001 });
    expect(pinging.closed).toBeNull();
    pinging.raw('ping');
    await pinging.text('pong');
    await runInDurableObject(stub, (_lobby, state) => {
      expect(state.getWebSocketAutoResponse()?.request).toBe('ping');
    });
  });

  it('[H2] the alarm is set while a socket is open, and fires once at most after the last', async () => {
    const team = newTeam();
    const stub = lobbyStub(team);
    const viewer = await dashboard(team);
    const alarm = () => runInDurableObject(stub, (_lobby, state) => state.storage.getAlarm());
    expect(await alarm()).not.toBeNull();
    viewer.close();
    await viewer.end();
    await runDurableObjectAlarm(stub);
    expect(await alarm()).toBeNull();
  });

  it('[F10] a wake writes no row', async () => {
    const team = newTeam();
    const viewer = await dashboard(team);
    const alarm = () => runInDurableObject(lobbyStub(team), (_lobby, state) => state.storage.getAlarm());
    const before = await alarm();
    for (let index = 0; index < 3; index += 1) {
      await evictDurableObject(lobbyStub(team));
      viewer.raw('{"type":"heartbeat"}');
      await viewer.next('heartbeat');
    }
    expect(await alarm()).toBe(before);
  });
});

describe('what a socket may send', () => {
  it('[S13] more than 1 MiB is MESSAGE_TOO_LARGE and 1009; 1 MiB is only too much to be true', async () => {
    const team = newTeam();
    const viewer = await dashboard(team);
    viewer.raw('x'.repeat(1_048_576));
    expect(await viewer.next('error')).toMatchObject({ code: 'INVALID_MESSAGE' });
    viewer.raw('x'.repeat(1_048_577));
    expect(await viewer.next('error')).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    expect(await viewer.end()).toMatchObject({ code: 1009 });
    const accents = await dashboard(team);
    accents.raw('é'.repeat(524_289));
    expect(await accents.end()).toMatchObject({ code: 1009 });
  });

  it('[L] beyond 200 at once RATE_LIMIT says when, and the tenth in a row closes with 4429', async () => {
    const team = newTeam();
    const viewer = await dashboard(team);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    for (let index = 0; index < 210; index += 1) viewer.raw('{"type":"ping"}');
    expect(await viewer.end()).toMatchObject({ code: 4429 });
    const count = (type: string) => viewer.inbox.filter((message) => message.type === type).length;
    expect([count('pong'), count('error')]).toEqual([200, 10]);
    expect(await viewer.next('error')).toMatchObject({ code: 'RATE_LIMIT', details: { retryAfter: 10 } });
  });

  it.each<[string, string | ArrayBuffer, string]>([
    ['what is no JSON', '{', 'INVALID_MESSAGE'],
    ['binary', new ArrayBuffer(8), 'INVALID_MESSAGE'],
    ['an unknown type', '{"type":"nope"}', 'UNSUPPORTED_TYPE'],
    ['a type of Object.prototype', '{"type":"__proto__"}', 'UNSUPPORTED_TYPE'],
    ['a wrong payload', '{"type":"agent:create","payload":{"name":"../x"}}', 'INVALID_MESSAGE'],
  ])('%s is answered and the socket lives', async (_what, data, code) => {
    const viewer = await dashboard(newTeam());
    viewer.raw(data);
    expect(await viewer.next('error')).toMatchObject({ code });
    viewer.raw('{"type":"heartbeat","id":"h"}');
    await viewer.next('heartbeat');
  });

  it('another major of the protocol is closed with 4426', async () => {
    const viewer = await dashboard(newTeam());
    viewer.raw('{"type":"ping","version":"2.0.0"}');
    expect(await viewer.end()).toMatchObject({ code: 4426 });
  });

  it('a close without a code is answered with 1000', async () => {
    const viewer = await dashboard(newTeam());
    viewer.close();
    expect((await viewer.end()).code).toBeLessThan(1006);
  });
});
