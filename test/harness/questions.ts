/** Terminal queries by name, each with its reply, escape characters as ␛. */
export const QUESTIONS: readonly (readonly [name: string, question: string, answer: RegExp])[] = [
  ['DSR', '\x1b[5n', /^␛\[0n$/],
  ['CPR', '\x1b[6n', /^␛\[\d+;\d+R$/],
  ['DECXCPR', '\x1b[?6n', /^␛\[\?\d+;\d+R$/],
  ['DA1', '\x1b[c', /^␛\[\?[\d;]+c$/],
  ['DA2', '\x1b[>c', /^␛\[>[\d;]+c$/],
  ['DA3', '\x1b[=c', /^␛P!\|[\dA-F]{8}␛\\$/],
  ['DECRQM', '\x1b[4$p', /^␛\[4;2\$y$/],
  ['DECRQM of DEC', '\x1b[?2026$p', /^␛\[\?2026;2\$y$/],
  ['DECRQSS', '\x1bP$qm\x1b\\', /^␛P1\$r0m␛\\$/],
  ['OSC 4', '\x1b]4;1;?\x1b\\', /^␛\]4;1;rgb:[\da-f/]{14}␛\\$/],
  ['OSC 10', '\x1b]10;?\x1b\\', /^␛\]10;rgb:[\da-f/]{14}␛\\$/],
  ['OSC 11', '\x1b]11;?\x07', /^␛\]11;rgb:[\da-f/]{14}␛\\$/],
  ['OSC 12', '\x1b]12;?\x1b\\', /^␛\]12;rgb:[\da-f/]{14}␛\\$/],
  ['OSC 99', '\x1b]99;i=1:p=?;\x1b\\', /^␛\]99;i=1:p=\?;.*␛\\$/],
  ['XTVERSION', '\x1b[>0q', /^␛P>\|[^␛]+␛\\$/],
  ['kitty keyboard', '\x1b[?u', /^␛\[\?\du$/],
  ['the size', '\x1b[18t', /^␛\[8;\d+;\d+t$/],
  ['the title', '\x1b[21t', /^␛\]l␛\\$/],
  ['DECREQTPARM', '\x1b[x', /^␛\[2;[\d;]+x$/],
];

export const shown = (answer: string): string => answer.replaceAll('\x1b', '␛');
