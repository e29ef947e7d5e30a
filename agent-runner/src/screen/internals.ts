/**
 * The parts of @xterm/headless that a snapshot needs and its public face does not show (charsets, saved cursors, tab
 * stops, the exact attributes of a cell). The package is pinned to one version, and `coreOf` checks the shape.
 */
export interface Extended {
  readonly underlineColor: number;
  readonly urlId: number;
  /** Holds the underline's style even where a link hides it. */
  readonly _ext: number;
}

/** A cell's attributes, in xterm's own bits. */
export interface Attributes {
  readonly fg: number;
  readonly bg: number;
  readonly extended: Extended;
}

/** Filled by `loadCell`. */
export interface Cell {
  content: number;
  fg: number;
  bg: number;
  combinedData: string;
  extended: Extended;
}

export interface Line {
  readonly length: number;
  readonly isWrapped: boolean;
  loadCell(index: number, cell: Cell): Cell;
}

export type Charset = object | undefined;

export interface Buffer {
  readonly lines: {
    readonly length: number;
    readonly maxLength: number;
    get(index: number): Line | undefined;
  };
  readonly x: number;
  readonly y: number;
  readonly ybase: number;
  readonly scrollTop: number;
  readonly scrollBottom: number;
  readonly tabs: Readonly<Record<number, boolean | undefined>>;
  readonly savedX: number;
  readonly savedY: number;
  readonly savedCurAttrData: Attributes;
  readonly savedCharset: Charset;
}

export interface Core {
  readonly _inputHandler: {
    parse(data: Uint8Array): unknown;
    readonly _curAttrData: Attributes;
    readonly _parser: { readonly precedingJoinState: number; readonly currentState: number };
  };
  readonly _bufferService: {
    readonly cols: number;
    readonly rows: number;
    readonly buffers: { readonly normal: Buffer; readonly alt: Buffer; readonly active: Buffer };
  };
  readonly _charsetService: {
    readonly charset: Charset;
    readonly glevel: number;
    readonly _charsets: readonly Charset[];
  };
  readonly coreService: {
    readonly isCursorHidden: boolean;
    readonly modes: { readonly insertMode: boolean };
    readonly decPrivateModes: {
      readonly applicationCursorKeys: boolean;
      readonly applicationKeypad: boolean;
      readonly bracketedPasteMode: boolean;
      readonly cursorBlink: boolean | undefined;
      readonly cursorStyle: string | undefined;
      readonly origin: boolean;
      readonly reverseWraparound: boolean;
      readonly sendFocus: boolean;
      readonly synchronizedOutput: boolean;
      readonly wraparound: boolean;
    };
  };
  readonly coreMouseService: { readonly activeProtocol: string; readonly activeEncoding: string };
  readonly optionsService: { readonly rawOptions: { readonly convertEol: boolean } };
  readonly unicodeService: {
    /** Of a character after one with these `preceding` properties; 0: after none. Its lowest bit: it joins that one; two more: its width. */
    charProperties(code: number, preceding: number): number;
  };
  readonly _oscLinkService: {
    getLinkData(id: number): { readonly id?: string; readonly uri: string } | undefined;
  };
}

const PARTS = [
  '_inputHandler',
  '_bufferService',
  '_charsetService',
  'coreService',
  'coreMouseService',
  'optionsService',
  'unicodeService',
  '_oscLinkService',
];

function isCore(value: unknown): value is Core {
  return typeof value === 'object' && value !== null && PARTS.every((part) => part in value);
}

/** @throws TypeError when this is not the version of the emulator that it is written for. */
export function coreOf(terminal: object): Core {
  const core: unknown = '_core' in terminal ? terminal._core : undefined;
  if (!isCore(core)) throw new TypeError('@xterm/headless is not the version that snapshots know');
  return core;
}
