import { POOL_BYTES } from './unpooled.ts';

Buffer.poolSize = POOL_BYTES;
