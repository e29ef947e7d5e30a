import { AgentIdSchema, type AgentLimit, type ServerMessage } from '@muster/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { roomsByWatchers } from '../../../../src/team-lobby/core/state.ts';
import { agentSummaries } from '../../../../src/team-lobby/core/summaries.ts';
import {
  canSee,
  visibleAgent,
  visibleMessage,
  visiblePast,
} from '../../../../src/team-lobby/core/visibility/visibility.ts';
import { type Rig, rigWithHost, summary } from '../rig.ts';

const web: AgentLimit = { names: ['web', 'was-here'] };
const red: AgentLimit = { labels: { team: 'red' } };
const message = (type: string, payload: object) => ({ type, payload }) as ServerMessage;
let rig: Rig;

beforeEach(() => {
  rig = rigWithHost();
  rig.made('web');
  rig.made('api', { labels: { team: 'red' } });
});

describe('[X5] a member who is limited to some agents', () => {
  it('finds those alone, by name or by all labels', () => {
    const found = (limits: AgentLimit[]) =>
      ['web', 'api', 'none'].map((name) => visibleAgent(rig.lobby, limits, name)?.spec.agentId);
    expect(found([])).toEqual(['web', 'api', undefined]);
    expect(found([web])).toEqual(['web', undefined, undefined]);
    expect(found([red])).toEqual([undefined, 'api', undefined]);
    expect(found([web, red])).toEqual([undefined, undefined, undefined]);
  });

  it('finds the history of those: by name every agent that had it, by labels those that have them now', () => {
    const agentUid = visibleAgent(rig.lobby, [], 'api')?.spec.agentUid;
    expect(visiblePast(rig.lobby, [web])).toEqual({ names: ['web', 'was-here'], agents: [] });
    expect(visiblePast(rig.lobby, [red])).toEqual({ names: [], agents: [{ agentId: 'api', agentUid }] });
    expect(visiblePast(rig.lobby, [{ ...red, names: ['api'] }])).toEqual({ names: ['api'], agents: [] });
    expect(visiblePast(rig.lobby, [{ names: ['web', 'api'] }, red])).toEqual({
      names: [],
      agents: [{ agentId: 'api', agentUid }],
    });
    expect(visiblePast(rig.lobby, [web, red])).toEqual({ names: [], agents: [] });
  });

  it('receives messages about those alone', () => {
    const agents = agentSummaries(rig.lobby);
    const list = message('agent:list', { agents });
    const names = (limits: AgentLimit[]) => {
      const heard = visibleMessage(rig.lobby, limits, list, null);
      return heard?.type === 'agent:list' ? heard.payload.agents.map(({ agentId }) => agentId) : null;
    };
    expect(names([])).toEqual(agents.map(({ agentId }) => agentId));
    expect(names([web])).toEqual(['web']);
    const hosts = (limits: AgentLimit[]) => {
      const heard = visibleMessage(rig.lobby, limits, message('host:list', { hosts: [] }), null);
      return heard?.type === 'host:list' ? heard.payload.hosts.map((host) => host.agents) : null;
    };
    expect([hosts([web]), hosts([red]), hosts([web, red])]).toEqual([[1], [1], [0]]);
    const status = message('agent:status', {
      agentId: 'api',
      agent: agents.find(({ agentId }) => agentId === 'api'),
    });
    expect([
      visibleMessage(rig.lobby, [web], status, null),
      visibleMessage(rig.lobby, [red], status, null),
    ]).toEqual([null, status]);
    const error = message('agent:error', { agentId: 'api' });
    const about = { agentId: AgentIdSchema.parse('api'), labels: { team: 'red' } };
    expect([
      visibleMessage(rig.lobby, [web], error, about),
      visibleMessage(rig.lobby, [red], error, about),
    ]).toEqual([null, error]);
    // About no agent: for everyone.
    expect(visibleMessage(rig.lobby, [web], message('system:message', {}), null)).not.toBeNull();
  });

  it('is let to make and leave those alone', () => {
    const about = { agentId: AgentIdSchema.parse('web'), labels: {} };
    expect(canSee({ limits: [web] } as never, about)).toBe(true);
    expect(canSee({ limits: [red] } as never, about)).toBe(false);
    expect(canSee({} as never, about)).toBe(true);
  });
});

it('[M13] rooms with viewers come first', () => {
  const [uid] = [...rig.lobby.agents.values()]
    .filter(({ spec }) => spec.agentId === 'api')
    .map(({ spec }) => spec.agentUid);
  if (uid === undefined) throw new Error('there is no api');
  rig.do({
    type: 'room-reported',
    report: { agentUid: uid, generation: 1, summaryRevision: 1, summary: summary({ viewers: 3 }) },
  });
  expect(roomsByWatchers(rig.lobby)[0]).toBe(uid);
});
