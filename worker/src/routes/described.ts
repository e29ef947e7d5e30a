import {
  AckSchema,
  AgentIdSchema,
  AgentLimitSchema,
  AgentStateSchema,
  AgentSummarySchema,
  ApiTokenSchema,
  AuditRowSchema,
  ClientIdSchema,
  CommandIdSchema,
  CommandRowSchema,
  CommandsSchema,
  EmailSchema,
  EnvelopeSchema,
  EventRowSchema,
  HostIdSchema,
  HostSummarySchema,
  InvitationSchema,
  LIMITS,
  MatchSchema,
  MemberDetailsSchema,
  MemberGrantSchema,
  MemberIdSchema,
  MemberSchema,
  OutputPageSchema,
  PasskeySummarySchema,
  PastAgentSchema,
  PLACE,
  RoleSchema,
  SessionSummarySchema,
  TeamIdSchema,
  TokenWishSchema,
  VIEWER_MESSAGES,
} from '@muster/protocol';
import * as z from 'zod';
import { HostKeySchema } from '../auth/host-assertion.ts';
import { CreatedSchema, SignedSchema } from '../auth/passkeys.ts';
import { HISTORY } from '../history/types.ts';
import type { Route } from './roles.ts';

/** What a route takes and gives: what it is checked by, and what `/api/openapi.json` says of it. */
export interface Described {
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer?: z.ZodType;
  /** Of the answer; 200 where it is not said. */
  readonly status?: 201 | 204;
}

const list = <T extends z.ZodType>(name: string, item: T) => z.object({ [name]: z.array(item) });
const said = { agentId: true } as const;
const ordered = { commandId: true } as const;
const asked = VIEWER_MESSAGES;
const done = z.object({});
/** Where it is in the queue; 0: it does not wait. */
const placed = z.object({ commandId: CommandIdSchema, position: z.number() });
const token = z.object({ token: z.string(), expiresAt: z.number() });

/** What is not named stays. */
const granted = z.object({
  name: MemberGrantSchema.shape.name.optional(),
  role: RoleSchema.optional(),
  agents: AgentLimitSchema.nullable().optional(),
  email: EmailSchema.nullable().optional(),
});
const code = z.string().min(1).max(LIMITS.tokenChars);
const ENTRIES = { most: 200, usual: 50 } as const;
const limit = z.coerce.number().int().min(1).max(ENTRIES.most).default(ENTRIES.usual);
/** ms since 1970 up to which history's ids are exact. */
const MOST_MS = Math.floor(Number.MAX_SAFE_INTEGER / HISTORY.idsPerMs) - 1;
const MIN_EXIT = -(2 ** 31);
const MAX_EXIT = 2 ** 32 - 1;
const sequence = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

const whole = z.coerce.number().int();
const time = whole.min(0).max(MOST_MS);
const page = { limit, before: sequence.optional(), since: time.optional(), until: time.optional() };
const narrowed = {
  agent: AgentIdSchema.optional(),
  member: MemberIdSchema.optional(),
  status: z
    .string()
    .regex(/^[a-z]{1,32}$/, 'must be a status')
    .optional(),
  exit: whole.min(MIN_EXIT).max(MAX_EXIT).optional(),
};
/** Words that must all be found, as wholes; nothing in it is syntax. */
const words = z.string().max(LIMITS.messageIdChars * 8);
const next = z.number().nullable();
/** G5: a poller's name for its line: it makes it up, one for each that it opens. */
const line = z.string().regex(/^[A-Za-z0-9._-]{8,128}$/, 'has 8 to 128 letters, digits, . _ -');
const place = z.string().regex(PLACE, 'must be <epoch>:<sequence>');
const events = z.object({
  line: line.optional(),
  /** I1, B9: the client's own name, the same as on its sockets. */
  client: ClientIdSchema.optional(),
  got: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  wait: z.coerce.number().int().min(0).max(LIMITS.pollWait).default(LIMITS.pollWait),
});

/** X8: rows of a chain that one request checks; the next goes on where it ended. */
export const VERIFIED_ROWS = 20_000;

export const DESCRIBED = {
  'GET /api/health': { summary: 'Whether Muster is well, and its versions.' },
  'GET /api/openapi.json': { summary: 'This description.' },
  'GET /api/docs': { summary: 'This description, to be read.' },
  'POST /api/auth/exchange': {
    summary: 'Signs in by the code of a one-time link.',
    body: z.object({ code }),
    answer: token.extend({ member: MemberSchema }),
  },
  'POST /api/auth/refresh': {
    summary: 'Renews the session by its cookie, which is used up by it.',
    answer: token.extend({ member: MemberSchema }),
  },
  'POST /api/auth/signout': {
    summary: 'Ends the session of the cookie and removes its cookies.',
    status: 204,
  },
  'GET /api/auth/me': {
    summary: 'Who asks.',
    answer: z.object({
      member: MemberSchema,
      team: TeamIdSchema,
      expiresAt: z.number(),
      /** Each of these limits holds; none: every agent. */
      agents: z.array(AgentLimitSchema),
    }),
  },
  'GET /api/auth/sessions': {
    summary: 'Where one is signed in, the newest use first.',
    answer: list('sessions', SessionSummarySchema),
  },
  'DELETE /api/auth/sessions': { summary: 'Signs out everywhere.', status: 204 },
  'DELETE /api/auth/sessions/:sid': { summary: 'Signs out one device.', status: 204 },
  'GET /api/members': { summary: 'Who is in the team.', answer: list('members', MemberDetailsSchema) },
  'POST /api/members': {
    summary: 'Makes a member, who signs in by his e-mail address at a configured issuer.',
    body: MemberGrantSchema,
    answer: MemberDetailsSchema,
    status: 201,
  },
  'PATCH /api/members/:id': {
    summary: 'Changes a member; his sockets follow at once.',
    body: granted,
    answer: MemberDetailsSchema,
  },
  'DELETE /api/members/:id': {
    summary: 'Removes a member; his sockets close at once. The last admin stays.',
    status: 204,
  },
  'GET /api/invitations': {
    summary: 'Invitations that nobody has used yet.',
    answer: list('invitations', InvitationSchema),
  },
  'POST /api/invitations': {
    summary: 'Makes a one-time link that makes a member; it is shown this once.',
    body: MemberGrantSchema,
    answer: z.object({ invitation: InvitationSchema, code: z.string(), link: z.url() }),
    status: 201,
  },
  'DELETE /api/invitations/:id': { summary: 'Takes an invitation back.', status: 204 },
  'GET /api/tokens': {
    summary: 'One’s own API tokens; an admin sees those of all.',
    answer: list('tokens', ApiTokenSchema),
  },
  'POST /api/tokens': {
    summary: 'Makes an API token, of at most one’s own role; it is shown this once (`expiresIn`: ms).',
    body: TokenWishSchema,
    answer: ApiTokenSchema.extend({ token: z.string() }),
    status: 201,
  },
  'DELETE /api/tokens/:id': { summary: 'Deletes an API token; its sockets close at once.', status: 204 },
  'GET /api/auth/passkeys': {
    summary: "One's own passkeys.",
    answer: list('passkeys', PasskeySummarySchema),
  },
  'POST /api/auth/passkeys/options': { summary: 'What a browser makes a passkey from (WebAuthn).' },
  'POST /api/auth/passkeys': {
    summary: 'Adds a passkey to sign in by; `created`: what the browser made.',
    body: z.object({ name: MemberGrantSchema.shape.name, created: CreatedSchema }),
    answer: PasskeySummarySchema,
    status: 201,
  },
  'DELETE /api/auth/passkeys/:id': { summary: 'Deletes a passkey.', status: 204 },
  'POST /api/auth/passkey/options': { summary: 'What a browser asks for a passkey with (WebAuthn).' },
  'POST /api/auth/passkey': {
    summary: 'Signs in by a passkey; `signed`: what the browser was given.',
    body: z.object({ signed: SignedSchema }),
    answer: token.extend({ member: MemberSchema }),
  },
  'GET /api/auth/issuers': {
    summary: "Where one may sign in beside here, each at the issuer's own page.",
    answer: list('issuers', z.object({ issuer: z.string(), name: z.string() })),
  },
  'POST /api/auth/issuer/options': {
    summary: 'Begins to sign in at an issuer; `address` is where the browser goes. A cookie keeps the rest.',
    body: z.object({ issuer: z.string().max(LIMITS.textChars) }),
    answer: z.object({ address: z.string() }),
  },
  'POST /api/auth/issuer': {
    summary: 'Signs in who came back from an issuer; `returned`: the query of the address he came back to.',
    body: z.object({ returned: z.string().max(LIMITS.tokenChars) }),
    answer: token.extend({ member: MemberSchema }),
  },
  'POST /api/auth/accept': {
    summary: 'Makes a member by the code of an invitation, and signs him in.',
    body: z.object({ code }),
    answer: token.extend({ member: MemberSchema }),
  },
  'GET /api/agents': { summary: 'All agents.', answer: list('agents', AgentSummarySchema) },
  'POST /api/agents': {
    summary: 'Creates an agent.',
    body: asked['agent:create'],
    answer: z.object({ agentId: AgentIdSchema }).loose(),
    status: 201,
  },
  'GET /api/agents/:agentId': { summary: 'Everything about one agent.', answer: AgentStateSchema },
  'GET /api/agents/:agentId/usage': { summary: 'What its room and the lobby have cost.' },
  'GET /api/agents/:agentId/recording': {
    summary:
      'All it printed and its room still has, or a part of it, as asciicast v2 (`from`, `to`: ms since 1970).',
    query: z
      .object({ from: time.optional(), to: time.optional() })
      .refine(({ from = 0, to = from }) => from <= to, { path: ['to'], error: 'must not be before from' }),
  },
  'PATCH /api/agents/:agentId': {
    summary: 'Changes an agent; it applies at the next start.',
    body: asked['agent:update'].omit(said),
    answer: z.object({ agentId: AgentIdSchema }),
  },
  'DELETE /api/agents/:agentId': { summary: 'Deletes an agent and ends its program.', answer: done.loose() },
  'POST /api/agents/:agentId/start': { summary: 'Starts its program.', answer: done },
  'POST /api/agents/:agentId/terminate': {
    summary: 'Ends its program and all it started: SIGTERM, 10 s, SIGKILL; `force`: SIGKILL.',
    body: asked['agent:terminate'].omit(said),
    answer: done,
  },
  'POST /api/agents/:agentId/pause': { summary: 'Stops it where it is (SIGSTOP).', answer: done },
  'POST /api/agents/:agentId/resume': { summary: 'Lets it go on (SIGCONT).', answer: done },
  'POST /api/agents/:agentId/restart': {
    summary: 'Ends and starts its program.',
    body: asked['agent:restart'].omit(said),
    answer: done,
  },
  'POST /api/agents/:agentId/input': {
    summary: 'Types into its program.',
    body: asked['agent:input'].omit(said),
    answer: done,
  },
  'POST /api/agents/:agentId/resize': {
    summary: 'Sizes its terminal.',
    body: asked['agent:resize'].omit(said),
    answer: done,
  },
  'POST /api/agents/:agentId/signal': {
    summary: 'Sends its program a signal.',
    body: asked['agent:signal'].omit(said),
    answer: done,
  },
  'GET /api/agents/:agentId/commands': {
    summary: 'Its queue in order, what runs, and what ended last, newest first.',
    answer: CommandsSchema,
  },
  'POST /api/agents/:agentId/commands': {
    summary: 'Asks it to run a command: it waits for its turn.',
    body: asked['command:request'].omit(said),
    answer: placed,
    status: 201,
  },
  'GET /api/commands/:id/output': {
    summary:
      'What it printed and its room still has, as text, as asciicast v2 or in pages that tell its streams apart (`json`; `after`: the `next` of the page before); what is missing is marked.',
    query: z.object({ format: z.enum(['text', 'cast', 'json']).default('text'), after: place.optional() }),
    answer: OutputPageSchema,
  },
  'POST /api/commands/:id/interrupt': {
    summary: 'Cancels what waits; what runs hears SIGINT, SIGTERM, SIGKILL, 5 s apart; `force`: SIGKILL.',
    body: asked['command:interrupt'].omit(ordered),
    answer: placed,
  },
  'POST /api/commands/:id/cancel': { summary: 'Takes it out of the queue.', answer: placed },
  'POST /api/commands/:id/move': {
    summary: 'To another place in the queue, among its own priority.',
    body: asked['command:move'].omit(ordered),
    answer: placed,
  },
  'POST /api/commands/:id/edit': {
    summary: 'Changes its line while it waits.',
    body: asked['command:edit'].omit(ordered),
    answer: placed,
  },
  'POST /api/commands/:id/retry': {
    summary: 'Runs it again, after its end, as a command of its own.',
    answer: placed,
    status: 201,
  },
  'GET /api/events': {
    summary: 'The messages of a dashboard as a long poll (G5).',
    query: events,
  },
  'DELETE /api/events': {
    summary: 'Ends a polled line.',
    query: z.object({ line }),
    status: 204,
  },
  'GET /api/agents/:agentId/events': {
    summary: 'The messages and the output of one agent as a long poll (G5).',
    query: events.extend({
      after: place.optional(),
      history: z.enum(['screen', 'full']).optional(),
    }),
  },
  'POST /api/messages': {
    summary:
      'Any message of a viewer; its ack is the answer. With `line`: its texts, one in each line (204).',
    query: z.object({ line: line.optional(), client: ClientIdSchema.optional(), from: sequence.optional() }),
    body: EnvelopeSchema,
    answer: AckSchema,
  },
  'GET /api/hosts': { summary: 'All hosts.', answer: list('hosts', HostSummarySchema) },
  'POST /api/hosts': {
    summary: 'Enrols a host by a one-time token: registers the key that it signs its dials with.',
    body: z.object({
      token: code,
      name: z.string().trim().min(1, 'must not be empty').max(LIMITS.nameChars),
      /** A host that was enrolled before keeps its identity, and so its agents. */
      hostId: HostIdSchema.optional(),
      publicKey: HostKeySchema,
    }),
    answer: z.object({ hostId: HostIdSchema, team: TeamIdSchema }),
    status: 201,
  },
  'POST /api/hosts/enrolment': { summary: 'Makes a one-time token for a host.', answer: token, status: 201 },
  'POST /api/hosts/:hostId/revoke': {
    summary: 'Revokes the key of a host: its sockets are closed and refused from now on.',
    answer: done,
  },
  'DELETE /api/hosts/:hostId': { summary: 'Forgets a revoked host that has no agents.', answer: done },
  'GET /api/history/agents': {
    summary: 'Agents, the youngest first, those that were deleted among them.',
    query: z.object(page),
    answer: z.object({ agents: z.array(PastAgentSchema), next }),
  },
  'GET /api/history/commands': {
    summary: 'Commands, newest first, by agent, member, status, exit code, time (ms since 1970) and words.',
    query: z.object({ ...page, ...narrowed, text: words.optional() }),
    answer: z.object({ commands: z.array(CommandRowSchema), next }),
  },
  'GET /api/history/search': {
    summary: 'Where words stand in commands and in what they printed, newest first.',
    query: z.object({ ...page, ...narrowed, text: words, in: z.enum(['command', 'output']).optional() }),
    answer: z.object({ matches: z.array(MatchSchema), next }),
  },
  'GET /api/history/events': {
    summary: 'Steps of commands, newest first.',
    query: z.object({
      ...page,
      agent: AgentIdSchema.optional(),
      command: z.string().min(1).max(LIMITS.messageIdChars).optional(),
    }),
    answer: z.object({ events: z.array(EventRowSchema), next }),
  },
  'GET /api/commands/:id': {
    summary: 'One command and its steps, newest first.',
    answer: z.object({ command: CommandRowSchema, events: z.array(EventRowSchema) }),
  },
  'GET /api/audit': {
    summary: 'Who did what, newest first. What was done just now appears within seconds.',
    query: z.object({
      limit,
      before: sequence.optional(),
      agent: AgentIdSchema.optional(),
      member: MemberIdSchema.optional(),
      action: z.string().min(1).max(LIMITS.messageIdChars).optional(),
    }),
    answer: z.object({ entries: z.array(AuditRowSchema), next: z.number().nullable() }),
  },
  'GET /api/audit/verify': {
    summary: `Whether the audit log is as it was written. At most ${VERIFIED_ROWS} rows at a time: \`after\` goes on at \`next\`.`,
    query: z.object({ after: sequence.optional() }),
    answer: z.object({
      state: z.enum(['intact', 'broken']),
      /** How many rows were checked, and how many there are to be. */
      checked: z.number(),
      rows: z.number(),
      fault: z.object({ sequence: z.number(), kind: z.enum(['missing', 'changed', 'cut-off']) }).nullable(),
      next: z.number().nullable(),
    }),
  },
} as const satisfies Record<Route, Described>;

type Table = typeof DESCRIBED;
/** The query of a route, checked. */
export type QueryOf<R extends Route> = Table[R] extends { readonly query: infer Q extends z.ZodObject }
  ? z.output<Q>
  : null;
