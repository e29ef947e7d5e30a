/** Messages, keys and admission of viewers. */

export {
  applyCachedRights,
  authorizeMember,
  type CachedRights,
  CachedRightsSchema,
  cachedRights,
  isAffected,
  type MemberClaims,
  NO_AGENT,
} from './access-rights.ts';
export { admissionRefusal, admitViewer, closeSilentSockets } from './admission.ts';
export { handleInputFrame } from './input.ts';
export { handleUpload, handleViewerMessage } from './messages.ts';
