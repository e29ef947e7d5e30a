/** Before the next module is loaded: see grapheme-addon.ts. */
export const POOL_BYTES = Buffer.poolSize;
Buffer.poolSize = 0;
