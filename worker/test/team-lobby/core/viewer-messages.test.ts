import { VIEWER_SCHEMAS, type ViewerMessage, type ViewerType } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { acks, rigWithHost, summary } from './rig.ts';

const sent = (out: ReturnType<ReturnType<typeof rigWithHost>['do']>) =>
  out.flatMap((effect) => (effect.type === 'send' ? [effect.message.type] : []));

/** What belongs in a room, with a payload that is right. */
const ELSEWHERE: Partial<Record<ViewerType, Record<string, unknown>>> = {
  'agent:start': {},
  'agent:terminate': {},
  'agent:pause': {},
  'agent:resume': {},
  'agent:restart': {},
  'agent:input': { data: 'x' },
  'agent:resize': { cols: 80, rows: 24 },
  'agent:signal': { signal: 'SIGINT' },
  'agent:get_state': {},
  'agent:seen': {},
  'policy:change': { rules: [] },
};

const message = (type: ViewerType, payload: Record<string, unknown>): ViewerMessage =>
  ({ type, payload: VIEWER_SCHEMAS[type].parse(payload) }) as ViewerMessage;

describe('viewers of the lobby', () => {
  it('receive the agents, then the hosts, then the inbox', () => {
    expect(sent(rigWithHost().do({ type: 'viewer-joined', connection: 'v' }))).toEqual([
      'agent:list',
      'host:list',
      'inbox:list',
    ]);
  });

  it.each(Object.entries(ELSEWHERE))("[G1] %s is sent to the agent's room", (type, payload) => {
    const rig = rigWithHost();
    rig.made();
    const ask = (agentId: string) =>
      acks(rig.says(message(type as ViewerType, { ...payload, agentId }), 'm'));
    expect(ask('one')).toMatchObject([
      { error: { code: 'INVALID_MESSAGE', details: { path: '/ws/agents/one' } } },
    ]);
    expect(ask('two')).toMatchObject([{ error: { code: 'AGENT_NOT_FOUND' } }]);
  });

  it.each([
    [
      'conversation:join',
      (agentId: string) => ({ conversationId: `${agentId}.c1` }),
      'CONVERSATION_NOT_FOUND',
    ],
    [
      'permission:respond',
      (agentId: string) => ({ permissionId: `${agentId}.p1`, digest: 'a'.repeat(64), optionId: 'once' }),
      'PERMISSION_NOT_FOUND',
    ],
  ] as const)('[C2] %s is sent to the room that its id names', (type, payload, code) => {
    const rig = rigWithHost();
    rig.made();
    const ask = (agentId: string) => acks(rig.says(message(type, payload(agentId)), 'm'));
    expect(ask('one')).toMatchObject([
      { error: { code: 'INVALID_MESSAGE', details: { path: '/ws/agents/one' } } },
    ]);
    expect(ask('two')).toMatchObject([{ error: { code } }]);
  });

  it('[M8] subscribe:agent answers with the path of the room; unsubscribe knows its own only', () => {
    const rig = rigWithHost();
    rig.made();
    const out = rig.says(message('subscribe:agent', { agentId: 'one' }), 's');
    const subscriptionId = acks(out)[0]?.result?.['subscriptionId'];
    expect(acks(out)).toMatchObject([{ success: true, result: { path: '/ws/agents/one' } }]);
    expect(out).toContainEqual({ type: 'attach-viewer', connection: 'v', subscriptions: [subscriptionId] });
    expect(acks(rig.says(message('subscribe:agent', {}), 's'))[0]?.result).not.toHaveProperty('path');
    const missing = acks(rig.says(message('subscribe:agent', { agentId: 'two' }), 's'));
    expect(missing).toMatchObject([{ error: { code: 'AGENT_NOT_FOUND' } }]);

    const stop = message('unsubscribe', { subscriptionId: 'a' });
    expect(acks(rig.says(stop, 'u'))).toMatchObject([{ error: { code: 'SUBSCRIPTION_NOT_FOUND' } }]);
    const left = rig.says(stop, 'u', 'v', ['a', 'b']);
    expect(left).toContainEqual({ type: 'attach-viewer', connection: 'v', subscriptions: ['b'] });
    expect(acks(left)).toMatchObject([{ success: true }]);
  });

  it('[L] the 101st subscription of a connection is refused', () => {
    const rig = rigWithHost();
    const have = Array.from({ length: 100 }, (_, index) => `s${index}`);
    const ask = (subscriptions: string[]) =>
      acks(rig.says(message('subscribe:agent', {}), 's', 'v', subscriptions));
    expect(ask(have.slice(1))).toMatchObject([{ success: true }]);
    expect(ask(have)).toMatchObject([{ error: { code: 'RESOURCE_EXHAUSTED' } }]);
  });

  it('heartbeat and ping are echoed; dashboard:connect with a token at the handshake is acked', () => {
    const rig = rigWithHost();
    expect(rig.says(message('heartbeat', { sequence: 3 }), 'h')).toEqual([
      { type: 'send', to: 'v', message: { type: 'heartbeat', payload: { sequence: 3 } }, correlationId: 'h' },
    ]);
    expect(sent(rig.says(message('ping', { timestamp: 1 })))).toEqual(['pong']);
    expect(acks(rig.says(message('dashboard:connect', {}), 'd'))).toMatchObject([{ success: true }]);
  });

  it('[R3] the viewers of an agent are in its summary', () => {
    const rig = rigWithHost();
    const { spec } = rig.made();
    const report = {
      agentUid: spec.agentUid,
      generation: 1,
      summaryRevision: 1,
      summary: summary({ viewers: 3 }),
    };
    expect(rig.do({ type: 'room-reported', report })[0]).toMatchObject({
      message: { payload: { agent: { viewers: 3 } } },
    });
  });
});
