import { expect, it } from 'vitest';
import { inboxList } from '../../../../src/team-lobby/core/inbox/index.ts';
import { agentList, agentStatus, hostList } from '../../../../src/team-lobby/core/summaries.ts';
import { messageForClient } from '../../../../src/team-lobby/core/visibility/client-features.ts';
import { NOW } from '../../../auth/bodies.ts';
import { factsWithAcp, headOf, rigWithHost } from '../rig.ts';

function setup() {
  const rig = rigWithHost();
  rig.helloAs(factsWithAcp());
  const plain = rig.made('plain');
  const asks = rig.made('one', { kind: 'acp', program: undefined, model: 'claude' });
  rig.reportsRequests(asks, [headOf()]);
  const changed = {
    type: 'inbox:changed' as const,
    payload: { permissionId: headOf().permissionId, request: null },
  };
  return { rig, plain, asks, changed };
}

it('[C4] a client that knows conversations is told everything as it is', () => {
  const { rig, asks, changed } = setup();
  for (const message of [
    agentList(rig.lobby),
    agentStatus(rig.lobby, asks, NOW),
    inboxList(rig.lobby),
    changed,
  ])
    expect(messageForClient(message, true)).toBe(message);
});

it('[C4] an older client is told of a process, and of no requests', () => {
  const { rig, plain, asks, changed } = setup();
  const list = messageForClient(agentList(rig.lobby), false);
  expect(list).toMatchObject({
    type: 'agent:list',
    payload: {
      agents: expect.arrayContaining([
        expect.objectContaining({ agentId: 'one', kind: 'process' }),
        expect.objectContaining({ agentId: 'plain', kind: 'terminal' }),
      ]),
    },
  });
  expect(messageForClient(agentStatus(rig.lobby, asks, NOW), false)).toMatchObject({
    payload: { agent: { kind: 'process' } },
  });
  for (const message of [inboxList(rig.lobby), changed]) expect(messageForClient(message, false)).toBeNull();
  for (const message of [agentStatus(rig.lobby, plain, NOW), hostList(rig.lobby)])
    expect(messageForClient(message, false)).toBe(message);
});
