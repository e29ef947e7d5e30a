/** A web address that a press may open, and the host that it really leads to. */
export interface LinkTarget {
  readonly href: string;
  readonly host: string;
}

/** null: not an address of the web; a script or a file is never opened. */
export function linkTarget(address: string): LinkTarget | null {
  if (!URL.canParse(address)) return null;
  const { protocol, href, host } = new URL(address);
  return protocol === 'https:' || protocol === 'http:' ? { href, host } : null;
}
