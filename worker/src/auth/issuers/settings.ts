import {
  EmailSchema,
  MemberIdSchema,
  type Role,
  RoleSchema,
  type TeamId,
  TeamIdSchema,
} from '@muster/protocol';
import * as z from 'zod';
import { OWN_ISSUER } from '../token-kinds.ts';

/** Algorithms of a JWKS' keys: none for which a public key could serve as the secret (RFC 8725, 3.1). */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
/** RFC 7518, 3.2: HS256 needs as many bits as it gives. */
const SECRET_CHARS = 32;

const mapped = (of: z.ZodType<string>) =>
  z
    .record(of as z.ZodString, MemberIdSchema)
    .default({})
    .transform((members) => new Map(Object.entries(members)));

const text = z.string().min(1).max(500);
const common = {
  /** Whose members its tokens are of; absent: of the deployment's own team. */
  team: TeamIdSchema.optional(),
  audience: text,
  /** Members by `sub`, and by e-mail address where it is verified. */
  subjects: mapped(z.string()),
  emails: mapped(EmailSchema),
  /** The issuer verifies each address, so its tokens need no `email_verified`. */
  verifiesEmails: z.boolean().default(false),
  /** The role of newcomers; absent: newcomers are refused. */
  newcomers: RoleSchema.optional(),
  /** X20: `newcomers` are those with a verified e-mail address in one of these domains … */
  domains: z.array(z.string().toLowerCase().regex(z.regexes.domain)).min(1).optional(),
  /** … or everyone with an account at the issuer, where people cannot make accounts by themselves. */
  everyone: z.literal(true).optional(),
};

interface Newcomers {
  readonly newcomers?: Role | undefined;
  readonly domains?: readonly string[] | undefined;
  readonly everyone?: true | undefined;
}
/** X20: an issuer at which anybody can make an account would let anybody in. */
const isClosed = ({ newcomers, domains, everyone }: Newcomers): boolean =>
  newcomers === undefined || domains !== undefined || everyone === true;
const OPEN = {
  path: ['newcomers'],
  message:
    'needs domains, the e-mail domains of those who may come, or everyone: true, where nobody makes an account at this issuer by themselves',
};
/** Only an admin may make admins, of people they know. */
const makesNoAdmin = ({ newcomers, everyone }: Newcomers): boolean =>
  newcomers !== 'admin' || everyone === undefined;
const ADMIN = { path: ['newcomers'], message: 'must not be admin for everyone' };

const LOOPBACK = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?:\/|$)/;
/** Of this machine: the one place where plain http is good enough (X11). */
export const isLoopback = (address: string): boolean => LOOPBACK.test(address);
export const AddressSchema = z.union([
  z.url({ protocol: /^https$/, hostname: z.regexes.domain }),
  z.url({ protocol: /^http$/ }).refine(isLoopback, 'must be https'),
]);
const issuer = text.refine((name) => name !== OWN_ISSUER, `must not be ${OWN_ISSUER}`);

/** X3: what members sign in by at the issuer's own page. */
const SignInSchema = z.strictObject({
  /** On the button. */
  name: z.string().trim().min(1).max(50),
  clientId: text,
  /** Absent: a public client. */
  clientSecret: text.optional(),
});
const JwksSchema = z
  .strictObject({
    ...common,
    kind: z.literal('jwks'),
    issuer,
    jwks: AddressSchema,
    algorithm: z.enum(ALGORITHMS),
    signIn: SignInSchema.optional(),
  })
  .refine(({ issuer: name, signIn }) => signIn === undefined || AddressSchema.safeParse(name).success, {
    path: ['issuer'],
    message: 'must be its https address, for signIn',
  })
  .refine(isClosed, OPEN)
  .refine(makesNoAdmin, ADMIN);
const SecretSchema = z
  .strictObject({ ...common, kind: z.literal('secret'), issuer, secret: z.string().min(SECRET_CHARS) })
  .refine(isClosed, OPEN)
  .refine(makesNoAdmin, ADMIN);
/** Cloudflare Access: its identity providers verify addresses, and its policy decides who is admitted. */
const AccessSchema = z
  .strictObject({ ...common, kind: z.literal('access'), teamDomain: z.string().regex(z.regexes.domain) })
  .transform(({ teamDomain, ...rest }) => ({
    ...rest,
    issuer: `https://${teamDomain}`,
    jwks: `https://${teamDomain}/cdn-cgi/access/certs`,
    algorithm: 'RS256' as const,
    verifiesEmails: true,
  }));

/** X2: a source of trust beside our own key. */
const IssuerSchema = z.discriminatedUnion('kind', [JwksSchema, SecretSchema, AccessSchema]);
export type Issuer = z.infer<typeof IssuerSchema>;
/** One that members can be sent to. */
export type RedirectIssuer = Extract<Issuer, { kind: 'jwks' }> & {
  readonly signIn: z.infer<typeof SignInSchema>;
};

const isDuplicate = (one: Issuer, index: number, all: readonly Issuer[]): boolean =>
  all.findIndex(({ issuer, team }) => issuer === one.issuer && team === one.team) !== index;

const JsonSchema = z.string().transform((json, context) => {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
});
const IssuersSchema = JsonSchema.pipe(
  z.array(IssuerSchema).refine((all) => !all.some(isDuplicate), 'names an issuer twice for one team'),
);

const issueText = ({ path, message }: z.core.$ZodIssue) =>
  path.length === 0 ? message : `in ${path.join('.')}, ${message}`;

/** @throws Error that names the setting and what is wrong with it, and nothing that it holds: there are secrets in it */
export function readIssuers(setting: string | undefined): readonly Issuer[] {
  if (setting === undefined || setting === '') return [];
  const parsed = IssuersSchema.safeParse(setting);
  if (parsed.success) return parsed.data;
  throw new Error(`MUSTER_ISSUERS: ${parsed.error.issues.map(issueText).join('; ')}`);
}

/** The one that signs for this team under this name; null: none does. */
export const issuerNamed = (
  issuers: readonly Issuer[],
  name: string,
  team: TeamId,
  ownTeam: string,
): Issuer | null => issuers.find((one) => one.issuer === name && (one.team ?? ownTeam) === team) ?? null;

/** Those that members of this team can be sent to. */
export const redirectIssuers = (
  issuers: readonly Issuer[],
  team: TeamId,
  ownTeam: string,
): readonly RedirectIssuer[] =>
  issuers.flatMap((one) =>
    one.kind === 'jwks' && one.signIn !== undefined && (one.team ?? ownTeam) === team
      ? [{ ...one, signIn: one.signIn }]
      : [],
  );
