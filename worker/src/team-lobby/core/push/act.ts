import { allows, isAgentVisible, LIMITS, wireError } from '@muster/protocol';
import type { MemberClaims } from '../../../auth/claims.ts';
import { agentNamed } from '../state.ts';
import { limitsOfMember, type PushAct } from './types.ts';
import type { UnitOfWork } from './unit-of-work.ts';

const NOT_VALID = wireError('AUTH_FAILED', 'This button does not act any more. Answer in the dashboard.');
const USED = wireError('AUTH_FAILED', 'This button was pressed before', { reason: 'used' });

/**
 * C10: whether the holder of a button's token may press it now, once: the device is still its member's, who may still
 * answer this agent. The claims say that they act by a push, and end with the token.
 */
export function act(work: UnitOfWork, asked: PushAct): void {
  const { code, expiresAt, memberId, subscriptionId, agentId, permissionId } = asked;
  const { state } = work;
  const device = state.subscriptions.get(subscriptionId);
  const member = state.members.member(memberId);
  const row = agentNamed(state.lobby, agentId);
  const refuse = (error = NOT_VALID) => work.answer({ type: 'refused', error });
  if (device?.memberId !== memberId || member === null || member.removedAt !== null || row === null)
    return refuse();
  const agents = limitsOfMember(member);
  if (!allows(member.role, 'operator') || !isAgentVisible(agents, row.spec)) return refuse();
  if (!work.context.spend(code, expiresAt)) return refuse(USED);
  const claims: MemberClaims = {
    ...{ kind: 'member', team: state.team, expiresAt, member: memberId },
    ...{ name: `${member.name} (push)`.slice(0, LIMITS.nameChars), role: member.role, agents: [...agents] },
    ...{ sid: `push:${subscriptionId}`, revision: state.members.revision() },
  };
  // The device has closed its notification itself.
  const shown = state.shown.get(permissionId);
  if (shown !== undefined)
    work.putShown({ ...shown, subscriptionIds: shown.subscriptionIds.filter((id) => id !== subscriptionId) });
  work.answer({ type: 'may-act', agentUid: row.spec.agentUid, claims });
}
