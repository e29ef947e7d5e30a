import * as z from 'zod';
import { AgentIdSchema, MemberIdSchema, MessageIdSchema } from '../ids.ts';
import { LIMITS } from '../limits.ts';

/** A kind of tool, as agents name it: read, edit, delete, move, search, execute, think, fetch, other, or one of their own. */
const ToolKindSchema = z
  .string()
  .min(1, 'must not be empty')
  .max(64, 'must have at most 64 characters')
  .regex(/^[\x21-\x7e]+$/, 'must be ASCII without blanks');

/** What draws nothing, or changes the order of what stands beside it. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/u;
export const hidesSomething = (text: string): boolean => HIDDEN.test(text);

const pattern = () =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(LIMITS.policyPatternChars, `must have at most ${LIMITS.policyPatternChars} characters`);

/** Of a whole command: printable ASCII; `*` stands for any characters, `\*` for a star, `\\` for a backslash. */
export const CommandPatternSchema = pattern().regex(/^[\x20-\x7e]+$/, 'must be one line of printable ASCII');

/** Of a path under the workspace: `*` within one name, `**` for any number of names, `\` before a sign that means itself. */
export const PathPatternSchema = pattern()
  .refine((path) => !hidesSomething(path), 'must not hold control or invisible characters')
  .refine((path) => !/^[/~]/.test(path), 'must be relative to the workspace, such as src/**')
  .refine((path) => !path.split('/').includes('..'), 'must not lead out of the workspace');

export const PolicyDecisionSchema = z.enum(['ask', 'allow', 'reject']);
export type PolicyDecision = z.infer<typeof PolicyDecisionSchema>;

const matches = {
  toolKind: ToolKindSchema.optional(),
  path: PathPatternSchema.optional(),
  command: CommandPatternSchema.optional(),
  decision: PolicyDecisionSchema,
};
type Matches = { readonly [K in 'toolKind' | 'path' | 'command']?: string | undefined } & {
  readonly decision: PolicyDecision;
};

const namesSomething = ({ toolKind, path, command }: Matches) =>
  toolKind !== undefined || path !== undefined || command !== undefined;
const namesOne = ({ path, command }: Matches) => path === undefined || command === undefined;
const allowsMode = ({ toolKind, decision }: Matches) => toolKind === 'switch_mode' && decision === 'allow';
const allowsCommandsByPath = ({ toolKind, path, decision }: Matches) =>
  toolKind === 'execute' && path !== undefined && decision === 'allow';

/** A rule that a member writes; `ruleId`: of one that there is. */
export const PolicyRuleDraftSchema = z
  .object({ ruleId: MessageIdSchema.optional(), ...matches })
  .refine(namesSomething, 'must name a kind of tool, a path or a command')
  .refine(namesOne, 'names a path or a command, not both')
  .refine((rule) => !allowsMode(rule), 'cannot allow a change of the mode: that is for people to decide')
  .refine((rule) => !allowsCommandsByPath(rule), 'cannot allow commands by a path: name the command');
export type PolicyRuleDraft = z.infer<typeof PolicyRuleDraftSchema>;

/** C9: one rule. The first that matches decides. */
export const PolicyRuleSchema = z.object({
  ruleId: MessageIdSchema,
  ...matches,
  createdBy: MemberIdSchema,
  /** Of that member, as it was then. */
  createdByName: z.string().max(LIMITS.nameChars),
  /** ms since 1970. */
  createdAt: z.number().min(0),
});
export type PolicyRule = z.infer<typeof PolicyRuleSchema>;

const isSmall = (rules: object) => JSON.stringify(rules).length <= LIMITS.policyChars;
const TOO_LARGE = `must have at most ${LIMITS.policyChars} characters as JSON`;
const tooMany = `must have at most ${LIMITS.policyRules} rules`;
const mustAsk = z
  .array(ToolKindSchema)
  .max(LIMITS.policyKinds, `must name at most ${LIMITS.policyKinds} kinds`);

/** What an agent may do without asking people, and what must ask. */
export const AgentPolicySchema = z.object({
  rules: z.array(PolicyRuleSchema).max(LIMITS.policyRules, tooMany),
  /** The tripwire: a call of these kinds that did not ask is marked. */
  mustAsk: mustAsk.optional(),
});
export type AgentPolicy = z.infer<typeof AgentPolicySchema>;

/** `revision`: grows with each change; 0: as the agent was created. */
export const StoredPolicySchema = AgentPolicySchema.extend({ revision: z.number().int().min(0) });
export type StoredPolicy = z.infer<typeof StoredPolicySchema>;

/** What a rule decided in the place of people, and the rule as it was then. */
export const PolicyAnswerSchema = z.object({
  ...matches,
  ruleId: MessageIdSchema,
  decision: PolicyDecisionSchema.exclude(['ask']),
});
export type PolicyAnswer = z.infer<typeof PolicyAnswerSchema>;

/** A policy as members write it. */
export const PolicyDraftSchema = z.object({
  rules: z.array(PolicyRuleDraftSchema).max(LIMITS.policyRules, tooMany).refine(isSmall, TOO_LARGE),
  mustAsk: mustAsk.optional(),
});
export type PolicyDraft = z.infer<typeof PolicyDraftSchema>;

/** The whole policy anew. `revision`: of the one that it takes the place of; absent: of whichever there is. */
export const PolicyChangeSchema = PolicyDraftSchema.extend({
  agentId: AgentIdSchema,
  revision: StoredPolicySchema.shape.revision.optional(),
});
export type PolicyChange = z.infer<typeof PolicyChangeSchema>;

export const NO_POLICY: AgentPolicy = { rules: [] };
