/** Schemes that open a page or a letter and run nothing. */
const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:']);

export interface Target {
  /** As the browser understands it: absolute, without the characters that it would leave out. */
  readonly href: string;
  /** The host with its port, or the address of a letter; in ASCII, so that no letter poses as another. */
  readonly host: string;
}

/** Where a link leads, or null where it must not be one: another scheme, or an address relative to this page. */
export function targetOf(address: string): Target | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (!SCHEMES.has(url.protocol)) return null;
  return { href: url.href, host: url.protocol === 'mailto:' ? url.pathname : url.host };
}

/** Whether a label that reads like an address already shows the host that the link leads to. */
export function showsHost(label: string, target: Target): boolean {
  if (label === target.host) return true;
  const shown = targetOf(label) ?? targetOf(`https://${label}`);
  return shown !== null && shown.host === target.host && !/[\s@]/.test(label);
}
