/*
 * The add-on (0.4.0) reads the header of its table at the start of the ArrayBuffer, not of the Buffer that
 * `Buffer.from` made of the table. Where Node's pool gave that Buffer its room, the header is whatever lies in the pool:
 * the add-on then fails to load, reserves gigabytes or measures emoji wrongly. So it is loaded without the pool.
 */
import './unpooled.ts';
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import './pooled.ts';

export { UnicodeGraphemesAddon };
