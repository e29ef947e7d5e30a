import { allows, ROLES, type Role } from '@muster/protocol';

/** X5: what a role is for, in a line. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: 'Watches agents and reads history.',
  operator: 'Also starts and stops agents, types into them and runs commands.',
  admin: 'Also makes and deletes agents, members and hosts, and reads the audit log.',
};

/** The roles that a member may grant: none above their own. */
export const rolesUpTo = (most: Role): readonly Role[] => ROLES.filter((role) => allows(most, role));
