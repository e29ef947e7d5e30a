/** C7: the requests of all agents that wait for people. */

export { broadcastRequests, inboxList, pendingRequests, requestPage } from './inbox.ts';
export { changedRequests } from './requests-of-agent.ts';
