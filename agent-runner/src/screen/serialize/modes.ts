import type { Core } from '../internals.ts';

/** The modes of a terminal, as far as they differ from a fresh terminal's. */
const MOUSE: Readonly<Record<string, number>> = { X10: 9, VT200: 1000, DRAG: 1002, ANY: 1003 };
const MOUSE_ENCODING: Readonly<Record<string, number>> = { SGR: 1006, SGR_PIXELS: 1016 };
const CURSOR_STYLE: Readonly<Record<string, number>> = { block: 2, underline: 4, bar: 6 };

/** Modes that no output before the end of the snapshot may see. */
export function modeState({ coreService, coreMouseService, optionsService }: Core): string {
  const { isCursorHidden, decPrivateModes: modes } = coreService;
  const set: readonly (readonly [boolean, number])[] = [
    [modes.applicationCursorKeys, 1],
    [modes.reverseWraparound, 45],
    [modes.applicationKeypad, 66],
    [modes.sendFocus, 1004],
    [modes.bracketedPasteMode, 2004],
    [modes.synchronizedOutput, 2026],
  ];
  const on = set.flatMap(([is, number]) => (is ? [number] : []));
  const mouse = MOUSE[coreMouseService.activeProtocol];
  const encoding = MOUSE_ENCODING[coreMouseService.activeEncoding];
  if (mouse !== undefined) on.push(mouse);
  if (encoding !== undefined) on.push(encoding);
  const off = [...(modes.wraparound ? [] : [7]), ...(isCursorHidden ? [25] : [])];
  return (
    (optionsService.rawOptions.convertEol ? '\x1b[20h' : '') +
    (on.length === 0 ? '' : `\x1b[?${on.join(';')}h`) +
    (off.length === 0 ? '' : `\x1b[?${off.join(';')}l`) +
    cursorStyle(modes.cursorStyle, modes.cursorBlink)
  );
}

function cursorStyle(style: string | undefined, blinks: boolean | undefined): string {
  const steady = style === undefined ? undefined : CURSOR_STYLE[style];
  return steady === undefined ? '' : `\x1b[${blinks === true ? steady - 1 : steady} q`;
}
