import { base64url } from 'jose';

/** @throws Error when it is no base64url */
export const decode = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(base64url.decode(text.replace(/=+$/, '')));
export const encode = (bytes: ArrayBuffer | Uint8Array): string => base64url.encode(new Uint8Array(bytes));
