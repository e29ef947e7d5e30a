import { LIMITS } from '../limits.ts';

/** Controls, halves of characters, and all that draws nothing or reorders what stands beside it. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\ufff9-\ufffc\u2028\u2029]/gu;
/** What a path, a header or a shell reads as more than a name. */
const SPECIAL = /[\\/:*?"<>|]/g;
/** UTF-16 units that are read of a longer name. */
const READ_UNITS = 4096;

/** C15: the last part of a name, on one line, without what is hidden or special; at most 200 characters, never empty. */
export function fileNameOf(given: string): string {
  const last = given.slice(-READ_UNITS).split(/[\\/]/).at(-1) ?? '';
  const name = last
    .replace(HIDDEN, '')
    .replace(SPECIAL, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  if (name === '') return 'file';
  if (name.length <= LIMITS.titleChars) return name;
  // The end says what kind it is.
  const end = /\.[A-Za-z0-9]{1,16}$/.exec(name)?.[0] ?? '';
  const head = name.slice(0, LIMITS.titleChars - end.length).replace(/[\ud800-\udbff]$/, '');
  return `${head}${end}`;
}
