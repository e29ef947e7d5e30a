import type { TeamId } from '@muster/protocol';

/** The team whose members the fake issuers know. */
export const TRUST = 'trust' as TeamId;

/** MUSTER_ISSUERS of the tests: one of each kind, and what each may be told. */
export const TRUSTED = [
  {
    kind: 'jwks',
    issuer: 'https://oidc.example',
    team: TRUST,
    audience: 'muster',
    jwks: 'https://oidc.example/jwks',
    algorithm: 'RS256',
    subjects: { 'sub-of-mia': 'mia' },
    emails: { 'Nils@Example.org': 'nils' },
  },
  {
    kind: 'secret',
    issuer: 'https://project.example/auth/v1',
    team: TRUST,
    audience: 'authenticated',
    secret: 'a shared secret of a fake project, long enough',
    verifiesEmails: true,
    newcomers: 'viewer',
    everyone: true,
  },
  {
    kind: 'jwks',
    issuer: 'https://login.example',
    team: TRUST,
    audience: 'muster-web',
    jwks: 'https://login.example/jwks',
    algorithm: 'RS256',
    subjects: { 'sub-of-ria': 'ria' },
    newcomers: 'viewer',
    everyone: true,
    signIn: { name: 'Example', clientId: 'muster-web', clientSecret: 'of no value: a test' },
  },
  {
    kind: 'jwks',
    issuer: 'https://public.example',
    team: TRUST,
    audience: 'an API',
    jwks: 'https://public.example/jwks',
    algorithm: 'RS256',
    signIn: { name: 'Public', clientId: 'public-web' },
  },
  { kind: 'access', team: TRUST, teamDomain: 'access.example', audience: 'aud-of-the-application' },
] as const;
