import { AgentIdSchema, ConversationIdSchema, MemberIdSchema, PUSH_LIMITS } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { focusOf, lookerOf } from '../../../../src/team-lobby/core/push/index.ts';
import { memberRow } from '../identity/rows.ts';
import { headOf } from '../rig.ts';
import { answerOf, askedPages, deliveries, PushRig } from './push-rig.ts';

const MINUTE = 60_000;
const said = (effects: Parameters<typeof deliveries>[0]) =>
  deliveries(effects).map(({ subscription, payload }) => [subscription.device, payload.kind]);

describe('[C10] what a person’s devices are pushed', () => {
  it('is a request, on each device of each member who may answer it, once', () => {
    const rig = new PushRig();
    rig.members.set('vic', memberRow('vic', { role: 'viewer' }));
    for (const [id, name] of [
      ['ada', 'phone'],
      ['ada', 'laptop'],
      ['bo', 'tablet'],
      ['vic', 'watch'],
    ] as const)
      rig.device(id, name);
    const pushed = rig.report([headOf()]);
    expect(said(pushed)).toEqual([
      ['phone', 'request'],
      ['laptop', 'request'],
      ['tablet', 'request'],
    ]);
    expect(deliveries(pushed)[0]).toMatchObject({
      payload: { title: 'One asks on alpha', body: 'Run ls: ls', tag: 'request:one.p1', badge: 1 },
      actions: [{ optionId: 'once' }],
      urgency: 'high',
    });
    expect(said(rig.report([headOf()]))).toEqual([]);
    expect(said(rig.passes(1_000))).toEqual([]);
  });

  it('[X5] is nothing of an agent that the member may not see, or whose right went meanwhile', () => {
    const rig = new PushRig();
    rig.members.set('bo', memberRow('bo', { role: 'operator', agents: { labels: { team: 'red' } } }));
    rig.device('ada');
    rig.device('bo');
    expect(said(rig.report([headOf()]))).toEqual([['ada', 'request']]);
    rig.looks('ada');
    rig.report([headOf(), headOf({ number: 2 })]);
    rig.members.set('ada', memberRow('ada', { role: 'viewer' }));
    expect(said(rig.passes(PUSH_LIMITS.acknowledge))).toEqual([]);
  });

  it('is the end of a turn that they began, a crash and a call, as their settings say', () => {
    const rig = new PushRig();
    const ada = rig.device('ada');
    rig.device('bo');
    rig.report([], {});
    const turn = {
      ...{ turnId: 't1', title: 'Fix it', outcome: 'done' as const, endedAt: rig.now },
      conversationId: ConversationIdSchema.parse('one.c1'),
      memberId: MemberIdSchema.parse('ada'),
    };
    const done = rig.report([], {}, { turns: [turn] });
    expect(said(done)).toEqual([['ada', 'finished']]);
    expect(deliveries(done)[0]?.payload).toMatchObject({ title: 'One is done', body: 'Fix it' });
    expect(said(rig.report([], {}, { turns: [turn] }))).toEqual([]);
    const failed = { ...turn, turnId: 't2', outcome: 'failed' as const, title: null };
    expect(said(rig.report([], {}, { turns: [turn, failed] }))).toEqual([['ada', 'failed']]);
    const called = rig.report([], { attention: { kind: 'bell', since: rig.now, text: '' } });
    expect(said(called).sort()).toEqual([
      ['ada', 'attention'],
      ['bo', 'attention'],
    ]);
    rig.set('bo', { muted: [AgentIdSchema.parse('one')] });
    rig.set('ada', { events: { request: true, finished: true, failed: false, attention: true } });
    expect(said(rig.report([], { status: 'crashed', exitCode: 3 }))).toEqual([]);
    rig.report([], {});
    rig.set('ada', {});
    const crashed = rig.report([], { status: 'crashed', signal: 'SIGSEGV' });
    expect(deliveries(crashed)[0]?.payload.body).toBe('It was ended by SIGSEGV');
    expect(rig.outcome(ada)).toBeNull();
  });

  it('is withheld in quiet hours, which the device says', () => {
    const rig = new PushRig();
    const ada = rig.device('ada');
    rig.set('ada', { quietHours: { from: '00:00', to: '23:59', timeZone: 'UTC' } });
    expect(said(rig.report([headOf()]))).toEqual([]);
    expect(rig.outcome(ada)).toMatchObject({ outcome: 'withheld', reason: 'Your quiet hours' });
    expect(rig.deadline).toBeNull();
  });

  it('is one reminder while the request waits, and none after', () => {
    const rig = new PushRig();
    rig.set('ada', { reminder: 5 });
    rig.device('ada');
    for (const delivery of deliveries(rig.report([headOf()]))) rig.tried(delivery, 201);
    expect(said(rig.passes(5 * MINUTE - 1))).toEqual([]);
    const [again] = deliveries(rig.passes(1));
    expect(again?.payload).toMatchObject({ kind: 'reminder', title: 'Still waits: One asks on alpha' });
    if (again !== undefined) rig.tried(again, 201);
    expect(said(rig.passes(60 * MINUTE))).toEqual([]);
    const more = deliveries(rig.report([headOf(), headOf({ number: 2 })]));
    for (const delivery of more) rig.tried(delivery, 201);
    rig.report([headOf()]);
    expect(said(rig.passes(5 * MINUTE)).filter(([, kind]) => kind === 'reminder')).toEqual([]);
  });
});

describe('[C10] attention, not presence', () => {
  it('asks the pages of that person that look at the agent, and pushes where none answers within 5 s', () => {
    const rig = new PushRig();
    rig.device('ada', 'phone');
    rig.device('ada', 'laptop');
    rig.device('bo');
    rig.looks('ada');
    const first = rig.report([headOf()]);
    expect(askedPages(first)).toEqual(['page-ada']);
    expect(said(first)).toEqual([['bo', 'request']]);
    expect(said(rig.passes(PUSH_LIMITS.acknowledge - 1))).toEqual([]);
    expect(said(rig.passes(1))).toEqual([
      ['phone', 'request'],
      ['laptop', 'request'],
    ]);
  });

  it('withholds it from all devices of the person whose page says that it was seen, and of nobody else', () => {
    const rig = new PushRig();
    const phone = rig.device('ada', 'phone');
    rig.device('bo');
    rig.looks('ada');
    rig.looks('bo');
    const first = rig.report([headOf()]);
    const eventId = first.flatMap((effect) =>
      effect.type === 'send' && effect.message.type === 'attention:event'
        ? [effect.message.payload.eventId]
        : [],
    )[0];
    rig.do({ type: 'seen', connection: 'somebody', eventId: String(eventId) });
    rig.do({ type: 'seen', connection: 'page-ada', eventId: 'another' });
    rig.do({ type: 'seen', connection: 'page-ada', eventId: String(eventId) });
    expect(rig.outcome(phone)).toMatchObject({
      outcome: 'withheld',
      reason: 'You were looking at the agent',
    });
    expect(said(rig.passes(PUSH_LIMITS.acknowledge))).toEqual([['bo', 'request']]);
  });

  it('a lease ends by itself, and a socket with an API token has none', () => {
    const one = AgentIdSchema.parse('one');
    const page = { member: MemberIdSchema.parse('ada'), sid: 'session-ada' };
    const focus = focusOf({ agentId: one, visible: true }, 1_000);
    expect(lookerOf('c', page, focus, 1_000)).toEqual({ connection: 'c', memberId: 'ada', agentId: 'one' });
    expect(lookerOf('c', page, focus, 1_000 + PUSH_LIMITS.focusLease)).toBeNull();
    expect(lookerOf('c', { ...page, sid: 'token:x' }, focus, 1_000)).toBeNull();
    expect([
      focusOf({ agentId: one, visible: false }, 1),
      focusOf({ agentId: null, visible: true }, 1),
    ]).toEqual([null, null]);
  });
});

describe('[C10a] what becomes of a push', () => {
  it('says what the push service answered, tries again, and gives up', () => {
    const rig = new PushRig();
    const ada = rig.device('ada');
    const [delivery] = deliveries(rig.report([headOf()]));
    if (delivery === undefined) throw new Error('nothing was pushed');
    expect(rig.tried(delivery, 500)).toMatchObject([{ type: 'commit' }]);
    expect(rig.deadline).toBe(rig.now + 2_000);
    const [again] = deliveries(rig.passes(2_000));
    rig.tried(again ?? delivery, 429, 20_000);
    expect(rig.deadline).toBe(rig.now + 20_000);
    const [third] = deliveries(rig.passes(20_000));
    rig.tried(third ?? delivery, 400);
    expect(rig.outcome(ada)).toMatchObject({ outcome: 'failed', status: 400 });
    expect(rig.deadline).toBeNull();
    rig.report([headOf(), headOf({ number: 2 })]);
    let tries = 0;
    for (let next = rig.deadline; next !== null && tries < 50; next = rig.deadline) {
      const due = deliveries(rig.out).at(-1);
      if (due !== undefined) rig.tried(due, null);
      tries += 1;
      rig.passes(Math.max(0, (rig.deadline ?? rig.now) - rig.now));
    }
    expect(rig.outcome(ada)).toMatchObject({ outcome: 'failed', reason: 'The push service did not answer' });
  });

  it('a push that could not be tried in its hour is given up, and says so', () => {
    const rig = new PushRig();
    const ada = rig.device('ada');
    rig.looks('ada');
    rig.report([headOf()]);
    rig.passes(61 * MINUTE);
    expect(rig.outcome(ada)).toMatchObject({
      outcome: 'failed',
      reason: 'The push service could not be reached in time',
    });
  });

  it.each([404, 410])('%i removes the device, and what waits for it', (status) => {
    const rig = new PushRig();
    rig.set('ada', { reminder: 1 });
    const ada = rig.device('ada');
    const [delivery] = deliveries(rig.report([headOf()]));
    if (delivery !== undefined) rig.tried(delivery, status);
    expect(rig.outcome(ada)).toBeUndefined();
    expect(rig.deadline).toBeNull();
    expect(rig.store.load()).toMatchObject({ subscriptions: [], entries: [] });
  });

  it('replaces what was shown of a request by who answered it, also where that came first', () => {
    const rig = new PushRig();
    rig.device('ada', 'phone');
    rig.device('ada', 'laptop');
    const [phone, laptop] = deliveries(rig.report([headOf()]));
    if (phone === undefined || laptop === undefined) throw new Error('nothing was pushed');
    rig.tried(phone, 201);
    const resolved = [
      { permissionId: 'one.p1', state: 'decided' as const, name: 'Bo', answer: 'Allow once' },
    ];
    const over = rig.report([], {}, { resolved });
    expect(deliveries(over).map(({ payload }) => [payload.kind, payload.body, payload.tag])).toEqual([
      ['answered', 'Bo: Allow once', 'request:one.p1'],
    ]);
    const late = rig.tried(laptop, 201);
    expect(deliveries(late).map(({ payload }) => payload.kind)).toEqual(['answered']);
  });

  it('survives a reset, each push once', () => {
    const rig = new PushRig();
    rig.looks('ada');
    rig.device('ada');
    rig.report([headOf()]);
    rig.reset();
    const pushed = rig.passes(PUSH_LIMITS.acknowledge);
    expect(said(pushed)).toEqual([['ada', 'request']]);
    for (const delivery of deliveries(pushed)) rig.tried(delivery, 201);
    rig.reset();
    expect(said(rig.passes(MINUTE))).toEqual([]);
  });
});

describe('[C10] devices', () => {
  it('are registered once by their address, at most ten of a person, and go to who signs in there', () => {
    const rig = new PushRig();
    const first = rig.device('ada', 'phone');
    expect(rig.device('ada', 'phone')).toBe(first);
    for (let n = 1; n < PUSH_LIMITS.devices; n += 1) rig.device('ada', `more-${n}`);
    expect(() => rig.device('ada', 'one too many')).toThrow('RESOURCE_EXHAUSTED');
    const bos = rig.device('bo', 'phone');
    expect(bos).not.toBe(first);
    expect(rig.state.subscriptions.has(first)).toBe(false);
    const audited = rig.out.filter(({ type }) => type === 'audit');
    expect(audited).toHaveLength(PUSH_LIMITS.devices + 1);
  });

  it('are removed by their own person only', () => {
    const rig = new PushRig();
    const ada = rig.device('ada');
    const refused = rig.do({ type: 'unsubscribe', by: rig.by('bo'), which: ada });
    expect(answerOf(refused)).toMatchObject({ type: 'refused', error: { code: 'NOT_FOUND' } });
    expect(answerOf(rig.do({ type: 'unsubscribe', by: rig.by('ada'), which: ada }))).toMatchObject({
      count: 1,
    });
    expect(rig.state.subscriptions.size).toBe(0);
  });

  it('[X3] go with the sign-in that somebody ends, and settings with a member who is removed', () => {
    const rig = new PushRig();
    rig.device('ada', 'phone', 's1');
    rig.device('ada', 'laptop', 's2');
    rig.set('ada', { reminder: 3 });
    const ada = MemberIdSchema.parse('ada');
    rig.do({ type: 'signed-out', memberId: ada, sid: 's1', gone: false });
    expect([...rig.state.subscriptions.values()].map(({ device }) => device)).toEqual(['laptop']);
    rig.do({ type: 'signed-out', memberId: ada, sid: null, gone: true });
    expect([rig.state.subscriptions.size, rig.state.settings.size]).toEqual([0, 0]);
    expect(rig.store.load()).toMatchObject({ subscriptions: [], settings: [] });
  });

  it('get a test after 3 s, whatever the settings say', () => {
    const rig = new PushRig();
    rig.device('ada');
    rig.device('bo');
    rig.set('ada', { quietHours: { from: '00:00', to: '23:59', timeZone: 'UTC' } });
    expect(answerOf(rig.do({ type: 'test', by: rig.by('ada') }))).toEqual({ type: 'done', count: 1 });
    expect(said(rig.passes(2_999))).toEqual([]);
    expect(said(rig.passes(1))).toEqual([['ada', 'test']]);
  });
});

describe('[C10b] a button', () => {
  const press = (rig: PushRig, subscriptionId: string, over: object = {}) =>
    answerOf(
      rig.do({
        type: 'act',
        act: {
          ...{ code: 'push:1', expiresAt: rig.now + 1, memberId: MemberIdSchema.parse('ada') },
          ...{ subscriptionId, agentId: 'one', permissionId: 'one.p1', ...over },
        },
      }),
    );

  it('acts once, as its member, by push', () => {
    const rig = new PushRig();
    const ada = rig.device('ada');
    for (const delivery of deliveries(rig.report([headOf()]))) rig.tried(delivery, 201);
    expect(press(rig, ada)).toMatchObject({
      type: 'may-act',
      claims: { member: 'ada', name: 'ada (push)', role: 'operator', sid: `push:${ada}`, revision: 7 },
    });
    expect(press(rig, ada)).toMatchObject({ type: 'refused', error: { details: { reason: 'used' } } });
    // Its notification was closed by the press.
    expect(deliveries(rig.report([]))).toEqual([]);
  });

  it('acts no more for a device that is gone, a member who may not answer, or an agent that is away', () => {
    const rig = new PushRig();
    const ada = rig.device('ada');
    const bos = rig.device('bo');
    const refused = { type: 'refused', error: { code: 'AUTH_FAILED' } };
    expect(press(rig, bos)).toMatchObject(refused);
    expect(press(rig, 'none')).toMatchObject(refused);
    expect(press(rig, ada, { agentId: 'other' })).toMatchObject(refused);
    for (const over of [
      { role: 'viewer' as const },
      { removedAt: 1 },
      { role: 'operator' as const, agents: { labels: { team: 'red' } } },
    ]) {
      rig.members.set('ada', memberRow('ada', over));
      expect(press(rig, ada)).toMatchObject(refused);
    }
  });
});
