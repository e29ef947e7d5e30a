/** Hosts: their keys, and what their runners say. */

export { deleteHost, deleteRefusal, enrolHost, enrolRefusal, revokeHost, tokenRefusal } from './host-keys.ts';
export { handleDisconnect, handleHostMessage } from './host-messages.ts';
