import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { membersOf, type Owner } from '../../src/program/containment/members.ts';
import type { ProcessRow } from '../../src/program/containment/process-table.ts';

interface Simulated extends ProcessRow {
  /** Started by the program, or by what it started. */
  readonly ours: boolean;
  readonly tagged: boolean;
}

type Step = { readonly who: number; readonly deed: 'fork' | 'setsid' | 'clear' | 'exit' };

const LEADER = 100;
const row = (pid: number, facts: Partial<Simulated>): Simulated => ({
  pid,
  name: 'x',
  state: 'S',
  parent: 1,
  group: pid,
  session: pid,
  foreground: -1,
  startTicks: pid,
  cpuTicks: 0,
  ours: false,
  tagged: false,
  ...facts,
});

/** A machine as the kernel keeps it: init, a keeper (50) with its shell (40), the program and a stranger. */
function simulate(steps: readonly Step[]): Simulated[] {
  let table = [
    row(1, { session: 1 }),
    row(40, {}),
    row(50, { parent: 40 }),
    row(LEADER, { parent: 50, ours: true, tagged: true }),
    row(60, {}),
  ];
  let next = LEADER + 1;
  for (const { who, deed } of steps) {
    const actors = table.filter((each) => each.pid >= 60);
    const actor = actors[who % Math.max(1, actors.length)];
    if (!actor) continue;
    const change = (facts: Partial<Simulated>) => {
      table = table.map((each) => (each === actor ? { ...each, ...facts } : each));
    };
    if (deed === 'fork') {
      table = [...table, { ...actor, pid: next, startTicks: next, parent: actor.pid }];
      next++;
    }
    if (deed === 'setsid' && actor.session !== actor.pid) change({ session: actor.pid, group: actor.pid });
    if (deed === 'clear') change({ tagged: false });
    if (deed === 'exit') {
      table = table
        .filter((each) => each !== actor)
        .map((each) => (each.parent === actor.pid ? { ...each, parent: 1 } : each));
    }
  }
  return table;
}

const stepsOf = (...deeds: Step['deed'][]) =>
  fc.array(fc.record({ who: fc.nat(30), deed: fc.constantFrom(...deeds) }), { maxLength: 40 });
const outside = new Set([1, 40, 50]);
const owner = { leader: { pid: LEADER, startTicks: LEADER }, trustSession: true, known: [] };
const find = (table: readonly Simulated[], who: Owner = owner) =>
  membersOf(table, ({ pid }) => table.some((each) => each.pid === pid && each.tagged), who, outside)
    .map(({ pid }) => pid)
    .sort();
const pidsOf = (table: readonly Simulated[]) => table.map(({ pid }) => pid).sort();

describe('[P2] members by process table', () => {
  it('never include a stranger, the keeper or init, whatever forks, leaves its session, hides or dies', () => {
    fc.assert(
      fc.property(stepsOf('fork', 'setsid', 'clear', 'exit'), (steps) => {
        const table = simulate(steps);
        const strangers = table.filter(({ ours }) => !ours);
        expect(find(table).filter((pid) => strangers.some((each) => each.pid === pid))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('include everything of the program as long as it does not clear its environment', () => {
    fc.assert(
      fc.property(stepsOf('fork', 'setsid', 'exit'), (steps) => {
        const table = simulate(steps);
        expect(find(table)).toEqual(pidsOf(table.filter(({ ours }) => ours)));
      }),
      { numRuns: 2000 },
    );
  });

  it('include everything of the program that keeps its session or its parents', () => {
    fc.assert(
      fc.property(stepsOf('fork', 'clear', 'setsid'), (steps) => {
        const table = simulate(steps);
        expect(find(table)).toEqual(pidsOf(table.filter(({ ours }) => ours)));
      }),
      { numRuns: 2000 },
    );
  });

  it('include what was known before, however it hides now', () => {
    const hidden = row(300, { startTicks: 7 });
    const known = { ...owner, known: [{ pid: 300, startTicks: 7 }] };
    expect(find([hidden], known)).toEqual([300]);
    expect(find([{ ...hidden, startTicks: 8 }], known)).toEqual([]);
  });

  it('include a trusted session although its leader is gone and nothing in it carries the tag', () => {
    expect(find([row(301, { session: LEADER }), row(302, {})])).toEqual([301]);
  });

  it('do not include the searching process, nor its session, even with the tag', () => {
    const table = [
      row(50, { tagged: true }),
      row(51, { session: 50 }),
      row(300, { session: 50, tagged: true }),
    ];
    expect(find(table)).toEqual([300]);
  });

  it('[P4] do not include a session that only has the number, when its leader is unknown', () => {
    const reused = [row(LEADER, { startTicks: 999 }), row(301, { session: LEADER })];
    expect(find(reused)).toEqual([]);
    expect(find([row(301, { session: LEADER })], { ...owner, trustSession: false })).toEqual([]);
    const vouched = [row(301, { session: LEADER }), row(302, { session: LEADER, tagged: true })];
    expect(find(vouched, { ...owner, trustSession: false })).toEqual([301, 302]);
  });

  it('do not take in all whose session is led from outside the container', () => {
    const table = [row(400, { session: 0, tagged: true }), row(401, { session: 0 })];
    expect(find(table)).toEqual([400]);
  });
});
