import { allows, type Role, VIEWER_RULES, type ViewerType } from '@muster/protocol';

/** X5 as pages show it, by the one table; lobby and room decide. Of who is not known yet nothing is shown. */
export function may(member: { readonly role: Role } | null, type: ViewerType): boolean {
  const least = VIEWER_RULES[type].least;
  return least === 'anyone' || (member !== null && allows(member.role, least));
}
