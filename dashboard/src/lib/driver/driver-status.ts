import { allows, type Keyboard, type MemberClient, type Role, type Watcher } from '@muster/protocol';
import { may } from '../connection/may.ts';

/** B9: who drives an agent, relative to this page. */
export type DriverStatus =
  /** An agent on pipes has no driver; or nothing is known yet. */
  | { readonly name: 'none' }
  | { readonly name: 'free' }
  | { readonly name: 'here'; readonly asking: readonly MemberClient[] }
  /** Another page of the same person. */
  | { readonly name: 'own' }
  | { readonly name: 'other'; readonly driver: MemberClient; readonly asked: boolean };

/** This page and its member. */
export interface Self {
  readonly clientId: string;
  readonly member: { readonly id: string; readonly role: Role } | null;
}

export function driverStatusOf(keyboard: Keyboard | undefined, { clientId, member }: Self): DriverStatus {
  if (keyboard === undefined) return { name: 'none' };
  const { driver, asking } = keyboard;
  if (driver === null) return { name: 'free' };
  if (driver.clientId === clientId) return { name: 'here', asking };
  if (driver.memberId === member?.id) return { name: 'own' };
  return { name: 'other', driver, asked: asking.some((client) => client.clientId === clientId) };
}

/** X5, for display; the room decides. */
export const mayDrive = ({ member }: Self): boolean => may(member, 'agent:input');
export const mayTake = ({ member }: Self): boolean => member?.role === 'admin';

/** Whether this page may make that viewer the driver. */
export function mayGrant(standing: DriverStatus, self: Self, to: Watcher): boolean {
  if (to.driving || to.clientId === self.clientId || !allows(to.role, 'operator')) return false;
  return standing.name === 'here' || mayTake(self);
}

/** One or two letters for a small round mark. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/).filter((word) => word !== '');
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? '')][0] ?? '',
  );
  return letters.join('').toUpperCase() || '?';
}

export function nameOf(watcher: Watcher, { clientId, member }: Self): string {
  if (watcher.clientId === clientId) return 'You';
  return watcher.memberId === member?.id ? 'You, another page' : watcher.name;
}
