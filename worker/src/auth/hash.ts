const encoder = new TextEncoder();

/** X3: what is kept of a secret: SHA-256 as 64 hex digits. Secrets of 256 random bits need no salt. */
export async function hashOf(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(secret));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
