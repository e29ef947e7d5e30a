import { LIMITS, type PolicyRuleDraft, type ToolItem } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { policyOf } from '../../../src/agent-room/core/policy/index.ts';
import { ConversationRig } from './conversations-rig.ts';
import { KEEPER, keeperMessages, sent } from './rig.ts';

const ALLOW: PolicyRuleDraft = { command: 'npm *', decision: 'allow' };
const reject = { optionId: 'no', name: 'No', kind: 'reject_once' };
const allow = { optionId: 'once', name: 'Yes', kind: 'allow_once' };
const runs = (command: string) => ({
  title: 'bash',
  toolKind: 'execute',
  rawInput: JSON.stringify({ command }),
  content: [],
  locations: [],
});

class PolicyRig extends ConversationRig {
  change(rules: readonly PolicyRuleDraft[], over: object = {}, from = 'v') {
    return this.send('policy:change', { agentId: 'a', rules, ...over }, undefined, from);
  }
  get policy() {
    const { durable } = this.rig.room;
    if (durable === null) throw new Error('no agent');
    return policyOf(durable);
  }
  get rules() {
    return this.policy.rules.map(({ toolKind, path, command }) => command ?? path ?? toolKind);
  }
  keeperWith(policy: number | null | undefined) {
    return this.rig.hello(KEEPER, {
      epoch: this.epoch,
      last: this.sequence,
      ...(policy === undefined ? {} : { policy }),
    });
  }
  get audited() {
    return this.rig.store.load().audit.pending.map(({ entry }) => [entry.action, entry.result]);
  }
}

describe('[C9a] a policy is changed', () => {
  it('by an admin: the keeper has it at once, and the ack says how it is now', () => {
    const c = new PolicyRig();
    const changed = c.change([ALLOW], { mustAsk: ['edit'] });
    expect(sent(changed, 'v', 'ack')[0]?.result).toMatchObject({
      revision: 1,
      rules: [ALLOW],
      mustAsk: ['edit'],
    });
    expect(keeperMessages(changed, 'policy:set')).toMatchObject([{ revision: 1, rules: [ALLOW] }]);
    expect(c.policy.rules[0]).toMatchObject({ createdByName: 'Ada', createdAt: c.rig.now });
    expect(c.audited).toContainEqual(['policy:change', 'ok']);
  });

  it.each(['viewer', 'operator'] as const)('[X5] not by a %s', (role) => {
    const c = new PolicyRig();
    c.rig.join('w', role);
    expect(c.answer(c.change([ALLOW], {}, 'w'), 'w')).toBe('INSUFFICIENT_PERMISSIONS');
    expect(c.policy).toEqual({ revision: 0, rules: [] });
  });

  it('once: a page that saw an older one is refused', () => {
    const c = new PolicyRig();
    expect(c.answer(c.change([ALLOW], { revision: 0 }))).toBe('ok');
    expect(c.answer(c.change([], { revision: 0 }))).toBe('INVALID_STATE revision');
    expect(c.rules).toEqual(['npm *']);
    expect(c.answer(c.change([], { revision: 1 }))).toBe('ok');
    expect(c.rules).toEqual([]);
  });

  it('and a rule that stays keeps its id and its author', () => {
    const c = new PolicyRig();
    c.change([ALLOW]);
    const [before] = c.policy.rules;
    c.rig.joinChats('w', 'admin', 'Bob');
    const kept = { ...ALLOW, ruleId: before?.ruleId ?? '' };
    c.change([{ command: 'ls', decision: 'allow' }, kept, kept, { ...kept, command: 'make' }], {}, 'w');
    expect(c.policy.rules.map(({ createdByName }) => createdByName)).toEqual(['Bob', 'Ada', 'Bob', 'Bob']);
    expect(new Set(c.policy.rules.map(({ ruleId }) => ruleId)).size).toBe(4);
  });

  it('and outlives the room', () => {
    const c = new PolicyRig();
    c.change([ALLOW]);
    c.rig.sleep();
    expect(c.rules).toEqual(['npm *']);
  });
});

describe('[C9a] a keeper that comes', () => {
  it.each([
    ['has none', null, 1],
    ['has an older one', 0, 1],
    ['has it', 1, 0],
    ['knows no policies', undefined, 0],
  ])('and %s is told %#', (_, held, times) => {
    const c = new PolicyRig();
    c.change([ALLOW]);
    expect(keeperMessages(c.keeperWith(held), 'policy:set')).toHaveLength(times);
  });

  it('is told before any order, and nothing where there is nothing to tell', () => {
    const c = new PolicyRig();
    expect(keeperMessages(c.keeperWith(null), 'policy:set')).toEqual([]);
    c.create();
    c.change([ALLOW]);
    const orders = c
      .keeperWith(null)
      .flatMap((one) => (one.type === 'send-to-keeper' ? [one.message.type] : []));
    expect(orders).toEqual(['room:welcome', 'policy:set', 'conversation:open']);
  });
});

describe('[C9c] "always, by Muster"', () => {
  const asking = (over: object = {}) => {
    const c = new PolicyRig();
    const { conversationId, turnId } = c.running();
    const options = [allow, reject];
    c.asks(conversationId, 'p1', { turnId, tool: runs('npm test *'), options, directory: '/work', ...over });
    return c;
  };

  it('answers once and keeps the rule, in one step', () => {
    const c = asking();
    const answered = c.respond('p1', { always: true });
    expect(keeperMessages(answered, 'request:decide')).toMatchObject([{ decision: { optionId: 'once' } }]);
    expect(keeperMessages(answered, 'policy:set')).toMatchObject([{ revision: 1 }]);
    expect(c.rules).toEqual(['npm test \\*']);
    expect(c.audited).toEqual(
      expect.arrayContaining([
        ['permission:respond', 'ok'],
        ['policy:change', 'ok'],
      ]),
    );
  });

  it('of two members at once keeps one rule, of the answer that counts', () => {
    const c = asking();
    c.rig.joinChats('w', 'admin', 'Bob');
    c.respond('p1', { always: true });
    expect(c.answer(c.respond('p1', { always: true }, 'w'), 'w')).toBe('INVALID_STATE permissionId');
    expect(c.policy.rules).toMatchObject([{ createdByName: 'Ada' }]);
    const other = asking();
    other.rig.joinChats('w', 'admin', 'Bob');
    other.respond('p1', { optionId: 'no' }, 'w');
    expect(other.answer(other.respond('p1', { always: true }))).toBe('INVALID_STATE permissionId');
    expect(other.rules).toEqual([]);
  });

  it.each([
    ['another option', {}, { optionId: 'no' }, 'INVALID_MESSAGE always'],
    [
      'one of two that allow once',
      { options: [allow, { ...allow, optionId: 'o2' }] },
      {},
      'INVALID_MESSAGE always',
    ],
    ['an argument that was cut', { tool: { ...runs('npm test'), omitted: 3 } }, {}, 'INVALID_MESSAGE always'],
    ['two lines', { tool: runs('npm test\nrm x') }, {}, 'INVALID_MESSAGE always'],
    ['a mode', { tool: { ...runs('x'), toolKind: 'switch_mode' } }, {}, 'INVALID_MESSAGE always'],
    ['a program in a terminal', { conversationId: undefined }, {}, 'INVALID_MESSAGE always'],
    ['what was not seen', {}, { digest: 'b'.repeat(64) }, 'INVALID_MESSAGE digest'],
  ])('of %s is refused, and nothing is answered', (_, over, answer, expected) => {
    const c = asking(over);
    const effects = c.respond('p1', { always: true, ...answer });
    expect(c.answer(effects)).toBe(expected);
    expect(keeperMessages(effects, 'request:decide')).toEqual([]);
    expect(c.rules).toEqual([]);
  });

  it('[X5] needs the role that changes policies', () => {
    const c = asking();
    c.rig.joinChats('w', 'operator', 'Bob');
    expect(c.answer(c.respond('p1', { always: true }, 'w'), 'w')).toBe('INSUFFICIENT_PERMISSIONS always');
    expect(c.answer(c.respond('p1', {}, 'w'), 'w')).toBe('ok');
  });

  it('stands before the rule that asked, once, and not above the bound', () => {
    const c = asking();
    c.change([
      { command: 'rm *', decision: 'reject' },
      { toolKind: 'execute', decision: 'ask' },
    ]);
    c.respond('p1', { always: true });
    expect(c.rules).toEqual(['rm *', 'npm test \\*', 'execute']);
    const full = asking();
    full.change(
      Array.from({ length: LIMITS.policyRules }, (_, n) => ({
        command: `c${n}`,
        decision: 'allow' as const,
      })),
    );
    expect(full.answer(full.respond('p1', { always: true }))).toBe('RESOURCE_EXHAUSTED always');
    expect(full.answer(full.respond('p1'))).toBe('ok');
  });
});

describe('[C9d] the tripwire', () => {
  const ran = (itemId: string, over: Partial<ToolItem> = {}): ToolItem => ({
    itemId,
    at: 1,
    kind: 'tool',
    ...runs('rm x'),
    status: 'completed',
    unasked: true,
    ...over,
  });

  it('raises attention and leaves one entry, until somebody looks', () => {
    const c = new PolicyRig();
    const { conversationId } = c.running();
    const told = c.items(conversationId, ran('i1'));
    expect(sent(told, 'v', 'agent:status').at(-1)?.agent?.attention).toMatchObject({
      kind: 'tripwire',
      text: 'ran without asking: bash',
    });
    for (const item of [ran('i1'), ran('i1', { title: 'again' }), ran('i2'), ran('i3')])
      c.items(conversationId, item);
    const entries = () => c.audited.filter(([action]) => action === 'policy:tripwire').length;
    expect(entries()).toBe(1);
    c.send('agent:seen', { agentId: 'a' });
    expect(c.rig.room.durable?.attention).toBeNull();
    c.items(conversationId, ran('i1', { title: 'once more' }));
    expect(c.rig.room.durable?.attention).toBeNull();
    c.items(conversationId, ran('i4'));
    expect([c.rig.room.durable?.attention?.kind, entries()]).toEqual(['tripwire', 2]);
  });

  it('is not taken back by its agent', () => {
    const c = new PolicyRig();
    const { conversationId } = c.running();
    c.items(conversationId, ran('i1'));
    c.frame({ type: 'program:attention', attention: null });
    c.frame({ type: 'program:attention', attention: { kind: 'title', since: 1, text: 'nothing' } });
    c.frame({ type: 'program:status', status: 'stopped' });
    expect(c.rig.room.durable?.attention?.kind).toBe('tripwire');
  });
});
