const encoder = new TextEncoder();

/** X3: what is kept of a secret: SHA-256 as 64 hex digits. Secrets of 256 random bits need no salt. */
export const hashOf = (secret: string): Promise<string> => hashOfBytes(encoder.encode(secret));

/** SHA-256 as 64 hex digits. */
export async function hashOfBytes(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
