/** Which agents a member may see, and which messages about them. */

export { messageForClient } from './client-features.ts';
export {
  broadcastTo,
  canSee,
  mayUseName,
  reach,
  visibleAgent,
  visibleList,
  visiblePast,
  WOULD_BE_HIDDEN,
} from './visibility.ts';
