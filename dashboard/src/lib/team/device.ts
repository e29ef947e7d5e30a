/** The first that matches: many a browser names those before it too. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];
const MOST_CHARS = 60;

const firstOf = (table: typeof BROWSERS, text: string) => table.find(([pattern]) => pattern.test(text))?.[1];

/** `Chrome on Linux`; what is no browser is called what it calls itself (User-Agent). */
export function deviceWords(device: string): string {
  const browser = firstOf(BROWSERS, device);
  const system = firstOf(SYSTEMS, device);
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`;
  if (device.trim() === '') return 'Unknown device';
  return device.length > MOST_CHARS ? `${device.slice(0, MOST_CHARS)}…` : device;
}

/** `phone` for what is held in a hand. */
export const isPhone = (device: string): boolean => /\biPhone\b|\bAndroid\b.*\bMobile\b/.test(device);
