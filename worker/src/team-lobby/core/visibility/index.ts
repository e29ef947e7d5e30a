/** Which agents a member may see, and which messages about them. */

export {
  canSee,
  mayUseName,
  NO_AGENT,
  visibleAgent,
  visibleMessage,
  visiblePast,
  WOULD_BE_HIDDEN,
} from './visibility.ts';
