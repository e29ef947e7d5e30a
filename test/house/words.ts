/** A word that names in this project no longer use, and the word that took its place (docs/style.md). */
export interface Retired {
  /** One word of a name, or several in a row, in lower case: `member door` is in `MemberDoor` and `member-door.ts`. */
  readonly word: string;
  readonly instead: string;
  readonly why: string;
  /** Only as the first word of a name. */
  readonly first?: true;
  /** Only in paths that this matches, where the word has another meaning elsewhere. */
  readonly within?: RegExp;
  /** But for paths that this matches, where the word is the field's own. */
  readonly except?: RegExp;
}

const OFFICE = 'a private picture of an office; the name says nothing of what the code does';
const SPEECH = 'objects do not talk; messages are handled and sent';
const GRAVE = 'a private picture; what is deleted leaves a tombstone';

export const WORDS: readonly Retired[] = [
  { word: 'desk', instead: 'Handler, Publisher, Controller or Service', why: OFFICE },
  { word: 'office', instead: 'IdentityService', why: OFFICE },
  { word: 'reception', instead: 'LobbySockets', why: OFFICE },
  { word: 'seats', instead: 'LobbySockets or RoomSockets', why: OFFICE },
  { word: 'seat', instead: 'socket', why: OFFICE },
  {
    word: 'open sockets',
    instead: 'LobbySockets or RoomSockets',
    why: 'attachments and live sockets are one module',
  },
  { word: 'door', instead: 'gateway, or a SocketAuthenticator', why: 'the field says gateway' },
  { word: 'people', instead: 'identity', why: 'the field says identity', within: /^worker\// },
  { word: 'asker', instead: 'Requester', why: SPEECH },
  {
    word: 'standing',
    instead: 'AccessRights',
    why: 'the field says rights; a permission is an agent’s request',
  },
  {
    word: 'standings',
    instead: 'AccessRights',
    why: 'the field says rights; a permission is an agent’s request',
  },
  { word: 'hands', instead: 'driver', why: 'one word for one thing: the driver' },
  { word: 'keyboard', instead: 'driver', why: 'one word for one thing: the driver', within: /^worker\// },
  {
    word: 'turn',
    instead: 'UnitOfWork, or PollLimiter',
    why: 'a turn is a conversation’s',
    within: /^(?:worker|client|agent-runner)\/src\//,
    except: /\/(?:acp|conversations)\/|^agent-runner\/src\/host\/files\.ts$/,
  },
  {
    word: 'turns',
    instead: 'UnitOfWork, or PollLimiter',
    why: 'a turn is a conversation’s',
    within: /^(?:worker|client|agent-runner)\/src\//,
    except: /\/(?:acp|conversations)\/|^agent-runner\/src\/host\/files\.ts$/,
  },
  { word: 'errand', instead: 'PendingRoomCall', why: OFFICE },
  { word: 'errands', instead: 'pending calls, or the VT standard’s term', why: OFFICE },
  { word: 'bury', instead: 'delete', why: GRAVE },
  { word: 'buried', instead: 'deleted', why: GRAVE },
  { word: 'burial', instead: 'deletion', why: GRAVE },
  { word: 'grave', instead: 'TOMBSTONE', why: GRAVE },
  { word: 'unborn', instead: 'initialState', why: GRAVE },
  { word: 'said', instead: 'handleMessage', why: SPEECH },
  { word: 'heard', instead: 'handleMessage', why: SPEECH },
  { word: 'hear', instead: 'handleMessage', why: SPEECH },
  { word: 'tell', instead: 'send', why: SPEECH },
  { word: 'tells', instead: 'sends', why: SPEECH },
  { word: 'told', instead: 'sent', why: SPEECH },
  { word: 'untold', instead: 'pending', why: SPEECH },
  { word: 'say', instead: 'send', why: SPEECH, first: true },
  { word: 'note', instead: 'audit', why: 'a note is no entry of an audit log', within: /^worker\// },
  { word: 'noted', instead: 'audited', why: 'a note is no entry of an audit log', within: /^worker\// },
  { word: 'audit book', instead: 'AuditLog', why: OFFICE },
  { word: 'audit box', instead: 'AuditOutbox', why: OFFICE },
  { word: 'sight', instead: 'visibility', why: 'the field says visibility' },
  { word: 'sighted', instead: 'visibility', why: 'the field says visibility' },
  {
    word: 'callers',
    instead: 'MemberRateLimiter',
    why: 'the name says nothing of what it limits',
    within: /^worker\//,
  },
  { word: 'patience', instead: 'PreAuthBuffer', why: 'a private picture', within: /^worker\// },
  { word: 'dues', instead: 'Deadlines', why: 'a private picture' },
  { word: 'duty', instead: 'deadline', why: 'a private picture' },
  { word: 'silence', instead: 'HeartbeatMonitor', why: 'a private picture', within: /^worker\/src\// },
  {
    word: 'counting',
    instead: 'PresenceBatcher',
    why: 'the name says nothing of what is counted',
    within: /^worker\/src\//,
  },
  { word: 'ways', instead: 'TransportSelector', why: 'the field says transport' },
  { word: 'way', instead: 'Transport', why: 'the field says transport', within: /^client\// },
  { word: 'owe', instead: 'inFlight', why: 'bytes are in flight, not owed' },
  { word: 'owed', instead: 'inFlight', why: 'bytes are in flight, not owed' },
  { word: 'ledger', instead: 'FlowControl, or what it counts', why: OFFICE },
  {
    word: 'let go',
    instead: 'prune or detach',
    why: 'two meanings, and neither is the field’s',
    first: true,
  },
  {
    word: 'settle',
    instead: 'flushTail, completeCreate or what it completes',
    why: 'several meanings',
    within: /^worker\/src\//,
  },
  { word: 'rest', instead: 'IdleGc', why: 'a private picture', within: /^agent-runner\/src\/host\// },
  { word: 'mind', instead: 'enforce', why: 'a private picture', first: true },
  { word: 'recall', instead: 'restore', why: 'a private picture', first: true, within: /^worker\// },
  { word: 'kept standing', instead: 'cachedRights', why: 'the field says cached' },
  { word: 'known claims', instead: 'ClaimsCache', why: 'the field says cache' },
  { word: 'vouched', instead: 'VerifiedClaims', why: 'the field says verified' },
  { word: 'wish', instead: '…Input', why: 'a private picture' },
  { word: 'deed', instead: 'AuditedAction', why: 'a private picture' },
  { word: 'driving', instead: 'driver', why: 'one word for one thing: the driver' },
  { word: 'sees agent', instead: 'visibility', why: 'the field says visibility' },
  {
    word: 'fold',
    instead: 'the VT standard’s or the pattern’s own term',
    why: 'the standard has a word for it',
    within: /^agent-runner\/src\/screen\//,
  },
  {
    word: 'forms',
    instead: 'the VT standard’s own term',
    why: 'the standard has a word for it',
    within: /^agent-runner\/src\/screen\//,
  },
  {
    word: 'shown',
    instead: 'the VT standard’s own term',
    why: 'the standard has a word for it',
    within: /^agent-runner\/src\/screen\//,
  },
  {
    word: 'held',
    instead: 'the VT standard’s own term',
    why: 'the standard has a word for it',
    within: /^agent-runner\/src\/screen\//,
  },
  {
    word: 'pen',
    instead: 'the VT standard’s own term',
    why: 'the standard has a word for it',
    within: /^agent-runner\/src\/screen\//,
  },
];

/**
 * Methods that objects of two versions call on each other while a deployment is under way, so they keep their names: an
 * object of the version before would find no other.
 */
export const KEPT: ReadonlyMap<string, readonly string[]> = new Map([
  ['worker/src/agent-room/room.ts', ['bury', 'standings']],
  ['worker/src/team-lobby/lobby.ts', ['people', 'note', 'noteOf', 'sighted']],
  ['worker/src/poll/polled-line.ts', ['say']],
]);
