/** Pages in the manner of vttest: each tries one thing that a terminal keeps, in a terminal of 20 by 8. */
export const PAGE_SIZE = { cols: 20, rows: 8 };

const ESC = '\x1b';
const CSI = `${ESC}[`;
const at = (row: number, col: number) => `${CSI}${row};${col}H`;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`).join('\r\n');

export const PAGES: Readonly<Record<string, string>> = {
  scrollback: `${lines(1, 30)}\r\n${CSI}3J${lines(31, 45)}`,
  'scroll region': `${lines(1, 8)}${CSI}3;6r${at(6, 1)}\nin\nthe\nregion${at(3, 1)}${ESC}M${ESC}Mback${at(8, 1)}\nout${CSI}2S${CSI}1T${CSI}r${at(4, 1)}${CSI}2L${CSI}1M`,
  'origin mode': `${CSI}2;5r${CSI}?6h${at(1, 1)}top${at(9, 9)}low${CSI}?6l${at(1, 1)}abs${CSI}?6h\n\n\n\n\nend`,
  charsets: `${ESC}(0lqqk\r\nx${ESC}(Bx${ESC})0\x0elqk\x0fq${ESC}*A${ESC}n#${ESC}+4${ESC}o#@[${ESC}(B\x0f#`,
  'saved cursor': `${CSI}1;31;44m${at(3, 5)}${ESC}(0q${ESC}7${CSI}0m${ESC}(B${at(7, 1)}plain${ESC}8qq${CSI}s${at(1, 1)}${CSI}u!\r\n\n\n\n\n\n\n${ESC}8down`,
  'tab stops': `${CSI}3g${at(1, 4)}${ESC}H${at(1, 11)}${ESC}H\r\ta\tb\tc\r\n${CSI}1;11H${CSI}g\r\td\te\r\n${CSI}2Ix${CSI}Zy`,
  'wrap at the margin': `${'x'.repeat(20)}${CSI}31m${'y'.repeat(21)}\r\n${'z'.repeat(20)}\x08${CSI}K!${'z'.repeat(20)}\r${'w'.repeat(20)}\n${CSI}?7l${'v'.repeat(25)}${CSI}?7h${at(3, 20)}a${CSI}K b${at(5, 20)}a${CSI}1Kb`,
  DECALN: `${ESC}#8${at(2, 2)}${CSI}1J${at(7, 5)}${CSI}0J${at(4, 4)}${CSI}3X${CSI}2P${CSI}4@`,
  'insert and delete': `abcdefghij${CSI}4D${CSI}4hXYZ${CSI}4l${CSI}2P${CSI}3@${at(1, 18)}${CSI}4hmargins${CSI}4l漢字${CSI}4D${CSI}4h字${CSI}4l`,
  'erasing with colours': `${CSI}44m${CSI}2J${CSI}K${at(3, 3)}text${CSI}41m${CSI}K${CSI}0m${at(5, 5)}${CSI}42m${CSI}4X${CSI}1K${CSI}m\r\n${CSI}45m\n\n\n\nnew${CSI}m`,
  'wide and combining': `漢字かな交じり文です${'한'.repeat(3)}\r\ne\u0301a\u0308\u0301 ｗide 😀👍\r\n${'界'.repeat(11)}${at(4, 20)}漢\b\b界${at(1, 2)}x${at(1, 6)}y\r\n\u0301alone\r\n漢${CSI}2D${CSI}31m ${CSI}m`,
  'grapheme clusters': `👨‍👩‍👧‍👦⚠️⚠ 🇩🇪🇫🇷🇩 👍🏽\r\n1️⃣ ❤️‍🔥☺️☺ e\u0301\u0323 한\u1112\u1161\u11ab\r\nनमस्ते क्षि நி กำ السلام\r\n${'⚠️'.repeat(11)}${at(6, 20)}👨‍👩‍👧‍👦${at(6, 19)}🏴\u{e0067}\u{e0062}\u{e007f}\b\b⚠\ufe0f${at(7, 1)}\u0301alone\u200bno\u2060 room${CSI}4h${at(7, 3)}👍🏽${CSI}4l${CSI}2P\r\n⚠${CSI}31m\ufe0f${CSI}3b`,
  'repeated characters': `a${CSI}5b漢${CSI}2be\u0301${CSI}3b\r\n=${CSI}30b`,
  'alternate screen': `${lines(1, 12)}${CSI}5;9H${CSI}33m${CSI}?1049h${CSI}2J${at(1, 1)}full${CSI}2;4r${at(4, 1)}\n\nscreen${ESC}7${CSI}?1049l back${CSI}?47h${at(2, 2)}again${CSI}?47l${CSI}?1048h${at(1, 1)}${CSI}?1048l.`,
  attributes: `${CSI}1mb${CSI}2md${CSI}3mi${CSI}4mu${CSI}5mk${CSI}7mr${CSI}8mh${CSI}9ms${CSI}53mo${CSI}0m${CSI}21mD${CSI}4:3mc${CSI}4:4m.${CSI}4:5m-${CSI}58:5:9mP${CSI}58:2::1:2:3mR${CSI}59m${CSI}24m${CSI}38;5;99mp${CSI}48;2;9;8;7mt${CSI}39;49m${CSI}95;106mB${CSI}m${CSI}1"qprotected${CSI}0"q${CSI}?J`,
  links: `${ESC}]8;;http://one\x07one${ESC}]8;;\x07 ${ESC}]8;id=2;http://two${ESC}\\two\r\ntwo${CSI}1m${ESC}]8;;${ESC}\\ none`,
  'titles and colours': `${ESC}]0;a title\x07${ESC}]2;另${ESC}\\${ESC}]4;1;#ff0000;2;rgb:00/ff/00\x07${ESC}]10;#111111;#222222\x07${ESC}]104;2\x07${ESC}]111\x07text`,
  'strings that do nothing': `a${ESC}P1$r0m${ESC}\\b${ESC}_apc 漢${ESC}\\c${ESC}^pm\x18d${ESC}Xsos${ESC}\\e${ESC}]777;notify;x\x07f${ESC}P+q544e${ESC}\\g`,
  'broken sequences': `a${CSI}12\x18b${CSI}3\n1mc${ESC}\x1b[32md${CSI}<9999;;;;zé${CSI}0 ~e${ESC}%Gf${CSI}1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20;21;22;23;24;25;26;27;28;29;30;31;32;33mg`,
  modes: `${CSI}?1h${ESC}=${CSI}?2004h${CSI}?1002;1006h${CSI}?1004h${CSI}?45h${CSI}?25l${CSI}5 q${CSI}?12h${CSI}20h\na\nb${CSI}?1003h${CSI}?1016h${CSI}?1002l${CSI}?1l${ESC}>${CSI}?25h${CSI}0 q${CSI}20l${CSI}?2026hx${CSI}?2026l`,
  resets: `${CSI}3;5r${CSI}?6h${CSI}4h${ESC}(0q${CSI}1;35mx${CSI}!py${CSI}41m${CSI}?1049hz${ESC}cnew`,
};
