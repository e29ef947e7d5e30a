import { TeamIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { issuerNamed, readIssuers, redirectIssuers } from '../../../src/auth/issuers/settings.ts';

const jwks = {
  kind: 'jwks',
  issuer: 'https://oidc.example',
  audience: 'muster',
  jwks: 'https://oidc.example/jwks',
  algorithm: 'ES256',
};
const secret = {
  kind: 'secret',
  issuer: 'https://project.example',
  audience: 'authenticated',
  secret: 's'.repeat(32),
};
const signIn = { name: 'Example', clientId: 'c' };
const access = { kind: 'access', teamDomain: 'us.cloudflareaccess.com', audience: 'a' };
const read = (...issuers: unknown[]) => readIssuers(JSON.stringify(issuers));

describe('[X2] MUSTER_ISSUERS', () => {
  it('names issuers of each kind, or none', () => {
    expect(readIssuers(undefined)).toEqual([]);
    expect(readIssuers('')).toEqual([]);
    expect(readIssuers('[]')).toEqual([]);
    const [one, two, three] = read(jwks, secret, access);
    expect([one?.kind, two?.kind]).toEqual(['jwks', 'secret']);
    expect(three).toMatchObject({
      issuer: 'https://us.cloudflareaccess.com',
      jwks: 'https://us.cloudflareaccess.com/cdn-cgi/access/certs',
      algorithm: 'RS256',
      verifiesEmails: true,
    });
  });

  it('takes plain http from this machine alone', () => {
    const here = { ...jwks, issuer: 'http://localhost:8080/realms/a', jwks: 'http://127.0.0.1:8080/jwks' };
    expect(read({ ...here, signIn })).toHaveLength(1);
  });

  it('[X3] says where a team may sign in', () => {
    const issuers = read(
      secret,
      jwks,
      { ...jwks, issuer: 'https://a.example', signIn },
      { ...jwks, team: 'web', signIn },
    );
    const [team, web] = ['team', 'web'].map((id) => TeamIdSchema.parse(id));
    if (team === undefined || web === undefined) throw new Error('two teams');
    expect(redirectIssuers(issuers, team, 'team').map(({ issuer }) => issuer)).toEqual(['https://a.example']);
    expect(redirectIssuers(issuers, web, 'team').map(({ issuer }) => issuer)).toEqual([jwks.issuer]);
  });

  it('gives each issuer to one team: its own, or the deployment’s', () => {
    const [web, team] = [TeamIdSchema.parse('web'), TeamIdSchema.parse('team')];
    const issuers = read(jwks, { ...jwks, team: 'web', audience: 'web' });
    expect(issuerNamed(issuers, jwks.issuer, web, 'team')).toMatchObject({ audience: 'web' });
    expect(issuerNamed(issuers, jwks.issuer, team, 'team')).toMatchObject({ audience: 'muster' });
    expect(issuerNamed(issuers, jwks.issuer, TeamIdSchema.parse('other'), 'team')).toBeNull();
    expect(issuerNamed(issuers, 'https://other.example', team, 'team')).toBeNull();
  });

  it.each([
    ['must be JSON', '{'],
    ['expected array', '{}'],
    ['0.kind', [{ ...jwks, kind: 'saml' }]],
    ['0.algorithm', [{ ...jwks, algorithm: 'HS256' }]],
    ['0.algorithm', [{ ...jwks, algorithm: 'none' }]],
    ['0.jwks', [{ ...jwks, jwks: 'http://oidc.example/jwks' }]],
    ['0.audience', [{ ...jwks, audience: undefined }]],
    ['in 0.issuer, must not be muster', [{ ...jwks, issuer: 'muster' }]],
    ['0.jwks', [{ ...jwks, jwks: 'http://localhost.example/jwks' }]],
    ['in 0.issuer, must be its https address', [{ ...jwks, issuer: 'oidc', signIn }]],
    ['0.signIn.name', [{ ...jwks, signIn: { clientId: 'c' } }]],
    ['Unrecognized key', [{ ...secret, signIn }]],
    ['1.secret', [jwks, { ...secret, secret: 'short' }]],
    ['0.teamDomain', [{ ...access, teamDomain: 'https://us.example/x' }]],
    ['0.newcomers', [{ ...access, newcomers: 'owner' }]],
    ['0.newcomers', [{ ...jwks, newcomers: 'viewer' }]],
    ['0.newcomers', [{ ...secret, newcomers: 'viewer', verifiesEmails: true }]],
    ['0.newcomers', [{ ...secret, newcomers: 'admin', everyone: true }]],
    ['0.domains', [{ ...jwks, newcomers: 'viewer', domains: [] }]],
    ['Unrecognized key', [{ ...access, newcommers: 'viewer' }]],
    ['names an issuer twice', [jwks, jwks]],
  ])('[A5] a wrong one is an error that names it: %s', (why, given) => {
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    expect(() => readIssuers(text)).toThrow(new RegExp(`^MUSTER_ISSUERS: .*${why}`));
  });

  it('[X13] what is wrong is told without what stands there', () => {
    const given = { ...secret, secret: 'hunter2', audience: 7 };
    expect(() => read(given)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});
