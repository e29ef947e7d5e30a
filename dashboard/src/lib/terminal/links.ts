/** Finds links in a line of output: addresses, and positions in files. */
export type FoundLink =
  | { readonly kind: 'address'; readonly start: number; readonly end: number; readonly target: string }
  | { readonly kind: 'place'; readonly start: number; readonly end: number; readonly target: string };

const ADDRESS = /\bhttps?:\/\/[^\s"'`<>{}|\\^\p{Cc}]+/giu;
/** `src/a.ts:21`, `./a.ts:21:7`, `~/a.ts(21,7)`, `a.test.ts:3`. */
const PLACE =
  /(?<![\w@/.:~-])(?:~\/|\.{1,2}\/|\/)?(?:[\w@+.-]+\/)*[\w@+-][\w@+.-]*\.[A-Za-z]\w{0,9}(?::\d{1,7}(?::\d{1,5})?|\(\d{1,7}(?:,\d{1,5})?\))/g;
/** A name without a folder that ends so is a host's, not a file's. */
const HOST = /^[^/]*\.(?:com|org|net|io|dev|app|ai|cloud|local|internal|test|example)[:(]/i;
const CLOSERS: Readonly<Record<string, string>> = { ')': '(', ']': '[' };

/** A full stop behind an address, or the bracket around it, is the sentence's. */
function trimmed(address: string): string {
  let text = address;
  for (;;) {
    const last = text.at(-1) ?? '';
    const opener = CLOSERS[last];
    const unmatched = opener !== undefined && text.split(opener).length < text.split(last).length;
    if (!unmatched && !/[.,;:!?*_]/.test(last)) return text;
    text = text.slice(0, -1);
  }
}

export function findLinks(line: string): readonly FoundLink[] {
  const addresses = [...line.matchAll(ADDRESS)].flatMap(({ 0: match, index }): FoundLink[] => {
    const target = trimmed(match);
    if (!URL.canParse(target)) return [];
    return [{ kind: 'address', start: index, end: index + target.length, target }];
  });
  const places = [...line.matchAll(PLACE)].flatMap(({ 0: target, index }): FoundLink[] => {
    const end = index + target.length;
    const inside = addresses.some((address) => index < address.end && end > address.start);
    return inside || HOST.test(target) ? [] : [{ kind: 'place', start: index, end, target }];
  });
  return [...addresses, ...places];
}

/** X23: an address taken apart, so that where it leads stands by itself. */
export interface Address {
  /** Without its own end: `https`. */
  readonly scheme: string;
  /** As the network knows it: ASCII, other alphabets as punycode, with its port. */
  readonly host: string;
  /** The part before the host, which may look like one. */
  readonly user: string | null;
  /** Path, query and fragment. */
  readonly rest: string;
  /** Letters of other alphabets, which may look like those of another host. */
  readonly foreign: boolean;
  readonly href: string;
}

/** Null where it is no address that a browser opens. */
export function addressOf(text: string): Address | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  return {
    scheme: url.protocol.slice(0, -1),
    host: url.host,
    user: url.username === '' && url.password === '' ? null : url.username,
    rest: url.pathname + url.search + url.hash,
    foreign: /(^|\.)xn--/.test(url.hostname),
    href: url.href,
  };
}
