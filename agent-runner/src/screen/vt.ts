/** The states of a VT500 parser, as xterm.js has them. */
export const VT = {
  ground: 0,
  escape: 1,
  escapeIntermediate: 2,
  csiEntry: 3,
  csiParam: 4,
  csiIntermediate: 5,
  csiIgnore: 6,
  /** SOS, PM and APC: read and ignored. */
  ignoredString: 7,
  osc: 8,
  dcsEntry: 9,
  dcsParam: 10,
  dcsIgnore: 11,
  dcsIntermediate: 12,
  dcs: 13,
} as const;
export type VtState = (typeof VT)[keyof typeof VT];

/** Code points from here on are all alike to the parser. */
const WIDE_CODES = 0xa0;
const CODES = WIDE_CODES + 1;
const STATES = 14;

type Rule = readonly [from: number, to: number, next: VtState];

/** What happens to a code point wherever it comes: controls that end a sequence, and those that begin one. */
const ANYWHERE: readonly Rule[] = [
  [0x18, 0x18, VT.ground],
  [0x1a, 0x1a, VT.ground],
  [0x1b, 0x1b, VT.escape],
  [0x80, 0x9c, VT.ground],
  [0x90, 0x90, VT.dcsEntry],
  [0x98, 0x98, VT.ignoredString],
  [0x9b, 0x9b, VT.csiEntry],
  [0x9d, 0x9d, VT.osc],
  [0x9e, 0x9f, VT.ignoredString],
];

/** What a state adds; what no rule names ends in the ground state. Controls keep the state and are not listed. */
const RULES: Readonly<Record<VtState, readonly Rule[]>> = {
  [VT.ground]: [],
  [VT.escape]: [
    [0x20, 0x2f, VT.escapeIntermediate],
    [0x50, 0x50, VT.dcsEntry],
    [0x58, 0x58, VT.ignoredString],
    [0x5b, 0x5b, VT.csiEntry],
    [0x5d, 0x5d, VT.osc],
    [0x5e, 0x5f, VT.ignoredString],
    [0x7f, 0x7f, VT.escape],
  ],
  [VT.escapeIntermediate]: [
    [0x20, 0x2f, VT.escapeIntermediate],
    [0x7f, 0x7f, VT.escapeIntermediate],
  ],
  [VT.csiEntry]: [
    [0x20, 0x2f, VT.csiIntermediate],
    [0x30, 0x3f, VT.csiParam],
    [0x7f, 0x7f, VT.csiEntry],
  ],
  [VT.csiParam]: [
    [0x20, 0x2f, VT.csiIntermediate],
    [0x30, 0x3b, VT.csiParam],
    [0x3c, 0x3f, VT.csiIgnore],
    [0x7f, 0x7f, VT.csiParam],
  ],
  [VT.csiIntermediate]: [
    [0x20, 0x2f, VT.csiIntermediate],
    [0x30, 0x3f, VT.csiIgnore],
    [0x7f, 0x7f, VT.csiIntermediate],
  ],
  [VT.csiIgnore]: [
    [0x20, 0x3f, VT.csiIgnore],
    [0x7f, 0x7f, VT.csiIgnore],
    [WIDE_CODES, WIDE_CODES, VT.csiIgnore],
  ],
  [VT.ignoredString]: [[0x20, 0x7f, VT.ignoredString]],
  [VT.osc]: [
    [0x07, 0x07, VT.ground],
    [0x20, 0x7f, VT.osc],
    [WIDE_CODES, WIDE_CODES, VT.osc],
  ],
  [VT.dcsEntry]: [
    [0x20, 0x2f, VT.dcsIntermediate],
    [0x30, 0x3f, VT.dcsParam],
    [0x40, 0x7e, VT.dcs],
    [0x7f, 0x7f, VT.dcsEntry],
  ],
  [VT.dcsParam]: [
    [0x20, 0x2f, VT.dcsIntermediate],
    [0x30, 0x3b, VT.dcsParam],
    [0x3c, 0x3f, VT.dcsIgnore],
    [0x40, 0x7e, VT.dcs],
    [0x7f, 0x7f, VT.dcsParam],
  ],
  [VT.dcsIgnore]: [
    [0x20, 0x7f, VT.dcsIgnore],
    [WIDE_CODES, WIDE_CODES, VT.dcsIgnore],
  ],
  [VT.dcsIntermediate]: [
    [0x20, 0x2f, VT.dcsIntermediate],
    [0x30, 0x3f, VT.dcsIgnore],
    [0x40, 0x7e, VT.dcs],
    [0x7f, 0x7f, VT.dcsIntermediate],
  ],
  [VT.dcs]: [
    [0x20, 0x7f, VT.dcs],
    [WIDE_CODES, WIDE_CODES, VT.dcs],
  ],
};

const NEXT = buildTable();

function buildTable(): Uint8Array {
  const table = new Uint8Array(STATES * CODES);
  for (const state of Object.values(VT)) {
    for (const [from, to, next] of [[0x00, 0x1f, state] as const, ...RULES[state], ...ANYWHERE]) {
      // A control that ends a string has a rule of its own: BEL is one that does not keep the state.
      table.fill(next, state * CODES + from, state * CODES + to + 1);
    }
  }
  return table;
}

/** The state after a code point. */
export const vtNext = (state: number, code: number): number =>
  NEXT[state * CODES + (code < WIDE_CODES ? code : WIDE_CODES)] ?? VT.ground;
