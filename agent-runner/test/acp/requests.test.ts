import { AgentRequestSchema, LIMITS, type PermissionRequest } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/acp/core/json.ts';
import { Talk } from './talk.ts';

const opened = (talk: Talk, at = 0): PermissionRequest => {
  const request = talk.of('request:opened')[at]?.request;
  if (request?.kind !== 'permission') throw new Error('no permission request');
  return request;
};
const decide = (talk: Talk, permissionId: PermissionRequest['permissionId'], optionId = 'yes') =>
  talk.order({ type: 'request:decide', payload: { permissionId, decision: { type: 'option', optionId } } });
const DIFF = [{ type: 'diff', path: '/a', oldText: 'old', newText: 'new' }];

describe('a permission request', () => {
  it('[C8] carries the kept tool call merged with its own, as it was then', () => {
    const talk = Talk.running();
    talk.tool('t', { title: 'Edit a', kind: 'edit', content: DIFF, rawInput: { path: '/a' } });
    talk.ask(1, { toolCallId: 't', locations: [{ path: '/a' }], status: 'pending' });
    talk.toolUpdate('t', { title: 'Something else' });
    expect(opened(talk)).toMatchObject({
      itemId: talk.items[1]?.itemId,
      turnId: 't1',
      directory: '/work',
      tool: {
        title: 'Edit a',
        toolKind: 'edit',
        rawInput: '{"path":"/a"}',
        content: [{ type: 'diff', path: '/a', oldText: 'old', newText: 'new' }],
        locations: [{ path: '/a' }],
      },
    });
  });

  it('[C8] takes nothing from what is known by leaving it empty, as Claude does when it leaves a plan', () => {
    const talk = Talk.running();
    const plan = [{ type: 'content', content: { type: 'text', text: '1. do it' } }];
    talk.tool('t', { title: 'Approve Plan', kind: 'switch_mode', rawInput: {}, content: [] });
    talk.toolUpdate('t', {
      rawInput: { plan: '1. do it' },
      content: plan,
      locations: [{ path: '/plan.md' }],
    });
    talk.ask(1, { toolCallId: 't', title: 'Approve Plan', rawInput: {}, content: [], locations: [] });
    expect(opened(talk).tool).toEqual({
      title: 'Approve Plan',
      toolKind: 'switch_mode',
      rawInput: '{"plan":"1. do it"}',
      content: [{ type: 'text', text: '1. do it' }],
      locations: [{ path: '/plan.md' }],
    });
  });

  it('[C8] that is told by its title alone, as with Gemini, shows all of a long one', () => {
    const talk = Talk.running();
    const long = (end: string) => `${'echo a; '.repeat(100)}${end}`;
    talk.ask(1, { toolCallId: 't', title: long('rm -rf a') });
    talk.ask(2, { toolCallId: 't', title: long('rm -rf b') });
    talk.ask(3, { toolCallId: 't', title: 'ls' });
    talk.ask(4, { toolCallId: 't', title: long('c'), rawInput: { command: 'c' } });
    expect([0, 1, 2, 3].map((at) => opened(talk, at).tool.rawInput)).toEqual([
      JSON.stringify({ title: long('rm -rf a') }),
      JSON.stringify({ title: long('rm -rf b') }),
      undefined,
      '{"command":"c"}',
    ]);
  });

  it('[C8] of a command shows no terminal in which nothing was printed', () => {
    const talk = Talk.running();
    const content = [{ type: 'terminal', terminalId: 't' }];
    talk.tool('t', { title: 'Terminal', kind: 'execute', rawInput: {}, content });
    talk.ask(1, { toolCallId: 't', title: 'ls', rawInput: { command: 'ls' }, content });
    expect(opened(talk).tool.content).toEqual([]);
  });

  it('[C8] is digested by what is decided on: not by status, not by _meta, not by the order of keys', () => {
    const digestOf = (toolCall: Record<string, unknown>, options?: unknown) => {
      const talk = Talk.running();
      talk.ask(1, { toolCallId: 't', title: 'x', ...toolCall }, options);
      return opened(talk).digest;
    };
    const one = digestOf({ kind: 'edit', rawInput: 'a' });
    expect(digestOf({ rawInput: 'a', kind: 'edit', status: 'in_progress', _meta: { a: 1 } })).toBe(one);
    for (const other of [
      { kind: 'edit', rawInput: 'b' },
      { kind: 'edit', rawInput: 'a', content: DIFF },
    ])
      expect(canonicalOf(other)).not.toBe(canonicalOf({ kind: 'edit', rawInput: 'a' }));
    expect(canonicalJson({ b: [1, { d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[1,{"d":1}]}');
  });

  /** The digest of `Talk` shows the beginning only. */
  function canonicalOf(toolCall: Record<string, unknown>): string {
    const talk = Talk.running();
    talk.ask(1, { toolCallId: 't', title: 'x', ...toolCall });
    return canonicalJson({ ...opened(talk).tool, options: opened(talk).options });
  }

  it('[C8] says how much was left out of one that is too large', () => {
    const talk = Talk.running();
    talk.ask(1, { toolCallId: 't', title: 'x', rawInput: { text: 'a'.repeat(2 ** 20) } });
    const request = opened(talk);
    expect(request.tool.omitted).toBeGreaterThan(2 ** 19);
    expect(JSON.stringify(request).length).toBeLessThan(LIMITS.itemChars);
    expect(AgentRequestSchema.safeParse(request).success).toBe(true);
  });

  it('[C7] is one per JSON-RPC request, each answered by its own id, once', () => {
    const talk = Talk.running();
    const [one, two] = [talk.ask(1, { toolCallId: 't', title: 'x' }), talk.ask(2, { toolCallId: 't' })];
    decide(talk, two, 'no');
    decide(talk, one);
    decide(talk, one, 'no');
    expect(talk.answers(1)).toMatchObject([
      { result: { outcome: { outcome: 'selected', optionId: 'yes' } } },
    ]);
    expect(talk.answers(2)).toMatchObject([{ result: { outcome: { outcome: 'selected', optionId: 'no' } } }]);
    expect(talk.states(one)).toEqual(['delivered', 'delivered']);
    talk.toolUpdate('t', { status: 'completed' });
    expect(talk.states(two)).toEqual(['delivered', 'acknowledged']);
  });

  it('[C7] is acknowledged by its own tool call, not by another', () => {
    const talk = Talk.running();
    const id = talk.ask(1, { toolCallId: 't', title: 'x' });
    decide(talk, id);
    talk.tool('another');
    expect(talk.states(id)).toEqual(['delivered']);
    talk.answer('session/prompt', { stopReason: 'end_turn' });
    expect(talk.states(id)).toEqual(['delivered', 'acknowledged']);
  });

  it('[C7] is withdrawn by the agent, and answered as cancelled', () => {
    const talk = Talk.running();
    const id = talk.ask(1, { toolCallId: 't', title: 'x' });
    talk.line({ method: '$/cancel_request', params: { requestId: 1 } });
    expect(talk.states(id)).toEqual(['withdrawn']);
    expect(talk.answers(1)).toHaveLength(1);
  });

  it('[C7] the end of a turn withdraws what was asked in it, and nothing that was asked outside', () => {
    const talk = Talk.running();
    talk.answer('session/prompt', { stopReason: 'end_turn' });
    const outside = talk.ask(1, { toolCallId: 'o', title: 'x' });
    talk.prompt('next', 't2');
    const inside = talk.ask(2, { toolCallId: 'i', title: 'x' });
    talk.answer('session/prompt', { stopReason: 'end_turn' });
    expect(talk.states(inside)).toEqual(['withdrawn']);
    expect(talk.states(outside)).toEqual([]);
    decide(talk, outside);
    expect(talk.answers(1)).toMatchObject([{ result: { outcome: { optionId: 'yes' } } }]);
  });

  it('[C9] an option that was not offered reaches no agent', () => {
    const talk = Talk.running();
    const id = talk.ask(1, { toolCallId: 't', title: 'x' });
    decide(talk, id, 'root');
    expect(talk.answers(1)).toMatchObject([{ result: { outcome: { outcome: 'cancelled' } } }]);
    expect(talk.states(id)).toEqual(['withdrawn']);
  });

  it('[C9] an option of an unknown kind is passed on as it is; none at all is refused', () => {
    const talk = Talk.running();
    talk.ask(1, { toolCallId: 't' }, [{ optionId: 'z', name: 'Zap', kind: 'zap' }]);
    expect(opened(talk).options).toEqual([{ optionId: 'z', name: 'Zap', kind: 'zap' }]);
    talk.ask(2, { toolCallId: 't' }, []);
    expect(talk.answers(2)).toMatchObject([{ error: { code: -32602 } }]);
  });
});

it('[C7] an agent asks 100 things at a time, over all its conversations', () => {
  const talk = Talk.running({ askedElsewhere: 98 });
  for (const id of [1, 2, 3]) talk.ask(id, { toolCallId: 't' });
  expect(talk.of('request:opened')).toHaveLength(2);
  expect(talk.answers(3)).toMatchObject([{ result: { outcome: { outcome: 'cancelled' } } }]);
});

describe('an elicitation', () => {
  const elicit = (talk: Talk, id: number, params: object) => {
    talk.line({ id, method: 'elicitation/create', params: { message: 'Who?', ...params } });
    return talk.of('request:opened').at(-1)?.request;
  };
  const FORM = { mode: 'form', requestedSchema: { type: 'object', properties: { a: { type: 'string' } } } };

  it('[C7] is a form with its values', () => {
    const talk = Talk.running();
    const request = elicit(talk, 1, FORM);
    expect(request).toMatchObject({
      kind: 'elicitation',
      message: 'Who?',
      form: { mode: 'form', schema: JSON.stringify(FORM.requestedSchema) },
    });
    if (request === undefined) throw new Error('none');
    const decision = { type: 'form', action: 'accept', content: { a: 'b' } } as const;
    talk.order({ type: 'request:decide', payload: { permissionId: request.permissionId, decision } });
    expect(talk.answers(1)).toMatchObject([{ result: { action: 'accept', content: { a: 'b' } } }]);
  });

  it('[C7] is a link of http only, which the agent may complete by itself', () => {
    const talk = Talk.running();
    elicit(talk, 1, { mode: 'url', url: 'javascript:alert(1)', elicitationId: 'e' });
    expect(talk.answers(1)).toMatchObject([{ error: { code: -32602 } }]);
    const request = elicit(talk, 2, { mode: 'url', url: 'https://example.com/x', elicitationId: 'e' });
    talk.line({ method: 'elicitation/complete', params: { elicitationId: 'e' } });
    expect(talk.answers(2)).toMatchObject([{ result: { action: 'accept' } }]);
    expect(request && talk.states(request.permissionId)).toEqual(['acknowledged']);
  });

  it('[C7] an answer of the other kind is none', () => {
    const talk = Talk.running();
    const request = elicit(talk, 1, FORM);
    if (request === undefined) throw new Error('none');
    decide(talk, request.permissionId);
    expect(talk.answers(1)).toMatchObject([{ result: { action: 'cancel' } }]);
  });
});
