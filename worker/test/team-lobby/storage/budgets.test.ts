import { runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { SqliteBudgetStore } from '../../../src/team-lobby/storage/budgets.ts';
import { NOW } from '../../auth/bodies.ts';
import { lobbyStub, newTeam } from '../../front.ts';

it('[L] keeps a bucket under its name until it is full again', () =>
  runInDurableObject(lobbyStub(newTeam()), (_lobby, { storage }) => {
    let rows = 0;
    const meter = {
      countRows: (count: number) => {
        rows += count;
      },
    };
    const store = new SqliteBudgetStore(storage, meter);
    const row = (who: string, until: number, tokens = 1) => ({
      who,
      until,
      bucket: { tokens, at: NOW, refused: 0 },
    });
    // The first row makes the table.
    store.put(row('a', NOW + 5), NOW);
    rows = 0;
    store.put(row('a', NOW + 10), NOW);
    store.put(row('b', NOW + 20), NOW);
    store.put(row('b', NOW + 30, 2), NOW);
    expect(store.row('b')).toEqual(row('b', NOW + 30, 2));
    expect(store.row('c')).toBeNull();
    expect(rows).toBe(3);
    store.put(row('c', NOW + 99), NOW + 10);
    expect(['a', 'b', 'c'].map((who) => store.row(who)?.until ?? null)).toEqual([null, NOW + 30, NOW + 99]);
  }));
