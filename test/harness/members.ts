import { type MemberId, MemberIdSchema, type Role } from '@muster/protocol';
import type { Browser, Page } from 'playwright-core';
import { pathsIn } from '../../worker/local/data.ts';
import { Owner } from '../../worker/local/owner.ts';
import { openSecrets } from '../../worker/local/secrets.ts';
import type { Muster } from './muster.ts';

/** Somebody of the team beside its owner. */
export interface Person {
  readonly name: string;
  readonly role: Role;
}

const memberId = ({ name }: Person): MemberId => MemberIdSchema.parse(name.toLowerCase());

/** Signs in with a link by the key of the data directory, as the owner does. Good for the API for an hour. */
export async function tokenOf(muster: Muster, person: Person): Promise<string> {
  const { key } = openSecrets(pathsIn(muster.data).secrets);
  return new Owner(key, muster.ready.team, { id: memberId(person), ...person }).signIn(
    muster.url,
    Date.now(),
  );
}

/** Tokens of so many people beside the owner: a crowd is one of many, since one opens 300 connections a minute (L). */
export const tokensOf = (muster: Muster, count: number, role: Role): Promise<string[]> =>
  Promise.all(
    Array.from({ length: count }, (_, index) => tokenOf(muster, { name: `${role}${index}`, role })),
  );

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
