import { randomUUID } from 'node:crypto';
import { type MemberId, MemberIdSchema, type Role, TeamIdSchema } from '@muster/protocol';
import type { Browser, Page } from 'playwright-core';
import { pathsIn } from '../../worker/local/data.ts';
import { openSecrets } from '../../worker/local/secrets.ts';
import { signingKey, signToken } from '../../worker/src/auth/tokens.ts';
import type { Muster } from './muster.ts';

const HOUR = 3_600_000;

/** Somebody of the team beside its owner. */
export interface Person {
  readonly name: string;
  readonly role: Role;
}

const memberId = ({ name }: Person): MemberId => MemberIdSchema.parse(name.toLowerCase());

/** Good for the API for an hour: signed with the key of the data directory, as the server itself would. */
async function tokenOf(muster: Muster, person: Person): Promise<string> {
  const { key } = openSecrets(pathsIn(muster.data).secrets);
  const team = TeamIdSchema.parse(muster.ready.team);
  const body = { sub: memberId(person), team, role: person.role, name: person.name, sid: randomUUID() };
  return (await signToken(signingKey(key), 'access', body, Date.now(), HOUR)).token;
}

/** A browser of this person's own, signed in. */
export async function pageOf(
  browser: Browser,
  muster: Muster,
  person: Person,
  viewport: { readonly width: number; readonly height: number },
): Promise<Page> {
  const context = await browser.newContext({ viewport });
  const { port } = new URL(muster.url);
  const value = await tokenOf(muster, person);
  await context.addCookies([
    { name: `muster-${port}-access`, value, url: muster.url, httpOnly: true, sameSite: 'Strict' },
  ]);
  return context.newPage();
}
