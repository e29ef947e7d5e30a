const BROWSERS = [
  ['Edg/', 'Edge'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;
/** The first that fits: an iPhone says Mac too, and Android says Linux. */
const SYSTEMS = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Mac OS', 'Mac'],
  ['Linux', 'Linux'],
] as const;

const named = (list: readonly (readonly [string, string])[], text: string) =>
  list.find(([word]) => text.includes(word))?.[1];

/** Suggests a name for this device: `Chrome on Linux`. */
export function deviceName(userAgent: string): string {
  const [browser, system] = [named(BROWSERS, userAgent), named(SYSTEMS, userAgent)];
  if (system === undefined) return browser ?? 'This device';
  return browser === undefined ? system : `${browser} on ${system}`;
}
