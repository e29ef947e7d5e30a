import { type ClientId, isClientId, type MemberId } from '@muster/protocol';
import { hashOf } from '../../../socket/idempotency.ts';

/** Characters of a member's id that stand as they are: longer ones, which nobody chooses for themselves, as a hash. */
const MEMBER_CHARS = 40;

/**
 * I2: the name under which a keeper counts a client's input: of its member, so that nobody's numbers are another's,
 * whatever client they name. The length says where the member ends. What is too long for a keeper is shortened, so that
 * a client of the same member at most is taken for another.
 */
export function countedClient(member: MemberId, clientId: string): ClientId {
  const owner = member.length <= MEMBER_CHARS ? member : `#${hashOf(member)}`;
  const own = `${owner.length}:${owner}`;
  const whole = `${own}${clientId}`;
  if (isClientId(whole)) return whole;
  const shortened = `${own}#${hashOf(clientId)}`;
  if (isClientId(shortened)) return shortened;
  throw new RangeError('a client is counted under a name of at most 128 characters');
}
