import { createHmac } from 'node:crypto';
import { type AuditEntry, type AuditRow, MemberIdSchema, TeamIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../../test/harness/fast-check.ts';
import { EMPTY_CHAIN, extendChain, type Mac, verifyEnd, verifyRows } from '../../../src/audit/core/chain.ts';

const TEAM = TeamIdSchema.parse('default');
const mac: Mac = async (text) => createHmac('sha256', 'a key').update(text).digest('hex');

const text = fc.string({ maxLength: 20 });
const maybe = fc.option(text);
const entry: fc.Arbitrary<AuditEntry> = fc.record({
  at: fc.nat(),
  memberId: fc.option(fc.string({ minLength: 1, maxLength: 9 }).map((id) => MemberIdSchema.parse(id))),
  name: text,
  role: fc.constantFrom('viewer', 'operator', 'admin', null),
  address: maybe,
  action: fc.constantFrom('agent:start', 'agent:pause'),
  agentId: maybe,
  agentUid: fc.constant(null),
  target: maybe,
  result: fc.constantFrom('ok', 'AGENT_OFFLINE'),
  details: maybe,
});
const entries = fc.array(entry, { minLength: 1, maxLength: 12 });

/** The verdict on rows as somebody left them, against the anchor of the chain as it was made. */
async function verdict(rows: readonly AuditRow[], made: readonly AuditRow[], team = TEAM) {
  const anchor = made.at(-1) ?? EMPTY_CHAIN;
  const followed = await verifyRows(team, EMPTY_CHAIN, anchor, rows, mac);
  return followed.ok ? verifyEnd(followed.head, anchor) : followed;
}

const property = (check: (rows: AuditRow[], pick: (below: number) => number) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(entries, fc.nat(), fc.nat(), async (made, one, two) => {
      const picks = [one, two];
      await check(await extendChain(TEAM, EMPTY_CHAIN, made, mac), (below) => (picks.shift() ?? 0) % below);
    }),
  );

/** Another value of the same kind. */
const other = (value: AuditRow[keyof AuditRow]) =>
  typeof value === 'number' ? value + 1 : value === null ? '' : `${value}!`;

describe('[X8] battery 18: an audit chain', () => {
  it('is intact as it was made, and made the same again', () =>
    property(async (rows, pick) => {
      expect(await verdict(rows, rows)).toEqual({ ok: true, head: rows.at(-1) && headOf(rows.at(-1)) });
      const at = pick(rows.length);
      const before = rows[at - 1] ?? EMPTY_CHAIN;
      expect(await extendChain(TEAM, before, rows.slice(at), mac)).toEqual(rows.slice(at));
    }));

  it('shows an edit of any field, at the row that was edited or the next', () =>
    property(async (rows, pick) => {
      const at = pick(rows.length);
      const row = rows[at];
      if (row === undefined) return;
      for (const field of Object.keys(row) as (keyof AuditRow)[]) {
        const edited = rows.with(at, { ...row, [field]: other(row[field]) } as AuditRow);
        expect([field, await verdict(edited, rows)]).toMatchObject([
          field,
          { ok: false, fault: { sequence: at + 1 } },
        ]);
      }
    }));

  it('shows a row that was taken out, wherever', () =>
    property(async (rows, pick) => {
      const at = pick(rows.length);
      const left = rows.toSpliced(at, 1);
      const kind = at === rows.length - 1 ? 'cut-off' : 'missing';
      expect(await verdict(left, rows)).toEqual({ ok: false, fault: { sequence: at + 1, kind } });
    }));

  it('shows rows that changed places, their numbers with them or without', () =>
    property(async (rows, pick) => {
      const [a, b] = [pick(rows.length), pick(rows.length)].sort((x, y) => x - y) as [number, number];
      const [one, two] = [rows[a], rows[b]];
      if (one === undefined || two === undefined || a === b) return;
      expect((await verdict(rows.with(a, two).with(b, one), rows)).ok).toBe(false);
      const renumbered = rows
        .with(a, { ...two, sequence: one.sequence })
        .with(b, { ...one, sequence: two.sequence });
      expect((await verdict(renumbered, rows)).ok).toBe(false);
    }));

  it('shows an end that was cut off, all of it too', () =>
    property(async (rows, pick) => {
      const kept = pick(rows.length);
      const fault = { sequence: kept + 1, kind: 'cut-off' };
      expect(await verdict(rows.slice(0, kept), rows)).toEqual({ ok: false, fault });
    }));

  it('shows another history that was signed with the right key', () =>
    property(async (rows, pick) => {
      const at = pick(rows.length);
      const [before, row] = [rows[at - 1] ?? EMPTY_CHAIN, rows[at]];
      if (row === undefined) return;
      const forged = { ...row, name: `${row.name}!` };
      const rest = await extendChain(TEAM, before, [forged, ...rows.slice(at + 1)], mac);
      const fault = { sequence: rows.length, kind: 'changed' };
      expect(await verdict([...rows.slice(0, at), ...rest], rows)).toEqual({ ok: false, fault });
    }));

  it('is of its team only', () =>
    property(async (rows) => {
      const fault = { sequence: 1, kind: 'changed' };
      expect(await verdict(rows, rows, TeamIdSchema.parse('other'))).toEqual({ ok: false, fault });
    }));

  it('may be longer than its anchor by rows that fit, and by no others', () =>
    property(async (rows, pick) => {
      const anchored = rows.slice(0, pick(rows.length));
      expect((await verdict(rows, anchored)).ok).toBe(true);
      const last = rows.at(-1);
      if (last === undefined) return;
      const forged = [...rows, { ...last, sequence: last.sequence + 1 }];
      expect((await verdict(forged, anchored)).ok).toBe(false);
    }));
});

const headOf = (row: AuditRow | undefined) => row && { sequence: row.sequence, mac: row.mac };
