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
  },
  { kind: 'access', team: TRUST, teamDomain: 'access.example', audience: 'aud-of-the-application' },
] as const;
