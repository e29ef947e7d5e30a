/** Above it, the number has no room. */
const MOST_SHOWN = 9;

/** The favicon with a number on it, as a data URL; null: without, the file itself. */
export function faviconWith(count: number): string | null {
  if (count <= 0) return null;
  const text = count > MOST_SHOWN ? `${MOST_SHOWN}+` : String(count);
  const size = text.length > 1 ? 13 : 16;
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">' +
    '<rect width="32" height="32" rx="8" fill="#171a14"/>' +
    '<rect x="4" y="8" width="4" height="16" rx="2" fill="#c3e65a"/>' +
    '<rect x="9.5" y="12" width="4" height="9" rx="2" fill="#8d927f"/>' +
    '<circle cx="21" cy="16" r="11" fill="#ff9483"/>' +
    `<text x="21" y="${16 + size * 0.36}" font-family="sans-serif" font-weight="700" font-size="${size}"` +
    ` text-anchor="middle" fill="#171a14">${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Shows the number on the page's favicon and on the installed app's icon. */
export function showCount(count: number): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon !== null) icon.href = faviconWith(count) ?? '/favicon.svg';
  const badge = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
  badge?.catch(() => undefined);
}
