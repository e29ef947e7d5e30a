import { allows, type Role, VIEWER_RULES, type ViewerType } from '@muster/protocol';

/** X5 for display, by the one table; lobby and room decide. False until the member is known. */
export function may(member: { readonly role: Role } | null, type: ViewerType): boolean {
  const { least } = VIEWER_RULES[type];
  return least === 'anyone' || (member !== null && allows(member.role, least));
}
