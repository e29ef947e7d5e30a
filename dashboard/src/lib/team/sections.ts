import { allows, type Role } from '@muster/protocol';

interface Section {
  readonly href: string;
  readonly label: string;
  readonly least: Role;
}

/** Sections of the team pages. The first that the member may see is the entry page. */
export const SECTIONS: readonly Section[] = [
  { href: '/team', label: 'Members', least: 'admin' },
  { href: '/team/hosts', label: 'Hosts', least: 'viewer' },
  { href: '/team/tokens', label: 'API tokens', least: 'viewer' },
  { href: '/team/notifications', label: 'Notifications', least: 'viewer' },
  { href: '/team/passkeys', label: 'My passkeys', least: 'viewer' },
  { href: '/team/devices', label: 'My devices', least: 'viewer' },
];

export const entryFor = (role: Role): string =>
  SECTIONS.find(({ least }) => allows(role, least))?.href ?? '/team';
