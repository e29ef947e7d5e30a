import type { AuditRow } from '@muster/protocol';

/** Actions in words. An action that is not listed is shown by its wire name. */
export const ACTIONS: Readonly<Record<string, string>> = {
  'member:signin': 'Signed in',
  'passkey:add': 'Added a passkey',
  'passkey:remove': 'Deleted a passkey',
  'member:signout': 'Signed out',
  'member:create': 'Made a member',
  'member:update': 'Changed a member',
  'member:remove': 'Removed a member',
  'member:accept': 'Joined by an invitation',
  'member:refresh': 'Used an old sign-in again',
  'member:invite': 'Invited somebody',
  'member:uninvite': 'Withdrew an invitation',
  'token:create': 'Made an API token',
  'token:delete': 'Revoked an API token',
  'host:enrolment': 'Made a link for a host',
  'host:enrol': 'Enrolled a host',
  'host:revoke': 'Revoked a host',
  'host:delete': 'Deleted a host',
  'agent:create': 'Created an agent',
  'agent:update': 'Changed an agent',
  'agent:delete': 'Deleted an agent',
  'agent:start': 'Started',
  'agent:pause': 'Paused',
  'agent:resume': 'Resumed',
  'agent:restart': 'Restarted',
  'agent:terminate': 'Stopped',
  'agent:signal': 'Sent a signal',
  'agent:input': 'Typed',
  'agent:resize': 'Sized the terminal',
  'driver:changed': 'Took the keyboard',
  'driver:request': 'Asked for the keyboard',
  'command:request': 'Ran a command',
  'command:interrupt': 'Stopped a command',
  'command:cancel': 'Cancelled a command',
  'command:move': 'Moved a command',
  'command:edit': 'Edited a command',
  'command:retry': 'Ran a command again',
  'history:refused': 'Left out of history',
};

export const actionWords = (action: string): string => ACTIONS[action] ?? action;

/** The actor: a member by name, a host as such. */
export function actorWords({ name, memberId }: Pick<AuditRow, 'name' | 'memberId'>): string {
  if (name !== '') return name;
  return memberId ?? 'a host';
}

/** `agent_offline` reads better than AGENT_OFFLINE in a column of quiet words. */
export const resultWords = (result: string): string =>
  result === 'ok' ? 'done' : result.toLowerCase().replaceAll('_', ' ');

export const isRefused = (result: string): boolean => result !== 'ok';
