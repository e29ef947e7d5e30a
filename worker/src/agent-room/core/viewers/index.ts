/** Messages, keys and admission of viewers. */

export {
  applyCachedRights,
  authorizeMember,
  type CachedRights,
  CachedRightsSchema,
  cachedRights,
  isAffected,
  type MemberClaims,
} from './access-rights.ts';
export { admissionRefusal, closeSilentSockets } from './admission.ts';
export { handleInputFrame } from './input.ts';
export { handleViewerMessage } from './messages.ts';
