import { AgentIdSchema, type ViewerMessage } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { acks, rigWithHost } from '../rig.ts';

const agentId = AgentIdSchema.parse('one');
const CHANGES: readonly ViewerMessage[] = [
  { type: 'agent:update', payload: { agentId, name: 'Changed' } },
  { type: 'agent:delete', payload: { agentId } },
];

describe('a change of an agent that does not exist', () => {
  it.each(CHANGES)('[I1] $type: a late copy does not change another agent of that name', (change) => {
    const rig = rigWithHost();
    const refused = acks(rig.says(change, 'x1'));
    expect(refused).toMatchObject([{ error: { code: 'AGENT_NOT_FOUND' } }]);
    const { spec } = rig.made();
    rig.reset();
    expect(acks(rig.says(change, 'x1'))).toEqual(refused);
    expect(rig.uidOf('one')).toBe(spec.agentUid);
    expect(rig.lobby.agents.get(spec.agentUid)?.spec.name).toBe('One');
  });

  it.each(CHANGES)('[I1] $type: a new request of the same kind succeeds later', (change) => {
    const rig = rigWithHost();
    rig.says(change, 'x1');
    rig.made();
    expect(acks(rig.says(change, 'x2'))).toMatchObject([{ success: true }]);
  });
});
