import { readable } from '../text.ts';

/** Most of what is written. The search for hidden characters takes longer than all the rest of the reading. */
const PLAIN = /^[\n\t\x20-\x7e]*$/;

/** Text whose hidden and reordering characters are shown (X23). Tabs and line feeds are white space here. */
export const shown = (text: string): string =>
  PLAIN.test(text) ? text : text.replace(/[^\t\n]+/g, readable);
