import { allows, VIEWER_MESSAGES, type ViewerMessage, wireError } from '@muster/protocol';
import type { Outcome } from '../requests/index.ts';
import type { Viewer } from '../state.ts';

export type Refused = Extract<Outcome, { type: 'refused' }>;

/** X5: the role that the one table asks for. */
export function roleRefusal({ member }: Viewer, type: ViewerMessage['type']): Refused | null {
  const least = VIEWER_MESSAGES[type].least;
  if (least === 'anyone' || allows(member.role, least)) return null;
  return {
    type: 'refused',
    error: wireError('INSUFFICIENT_PERMISSIONS', `The message ${type} needs the role ${least}`),
  };
}
