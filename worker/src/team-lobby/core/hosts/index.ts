/** Hosts: their keys, and what their runners say. */

export { hostKeyOf, hostRefusal } from './admission.ts';
export { handleDisconnect, handleHostMessage } from './host-messages.ts';
export { handleHostRequest } from './host-requests.ts';
