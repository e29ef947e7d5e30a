import { expect, test } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { ALL_AGENTS, inOrder, listFilterOf, listQueryOf, SORTS } from '../../src/lib/agents/list-filter.ts';
import { FILTERS } from '../../src/lib/agents/status.ts';
import { addressOf } from '../../src/lib/rest/get.ts';
import { agentWith } from './samples.ts';

test('a filter of the list is read from its own address again', () => {
  const text = fc.string({ unit: 'binary' }).map((typed) => typed.trim());
  fc.assert(
    fc.property(text, fc.constantFrom(...FILTERS), fc.constantFrom(...SORTS), (typed, status, sort) => {
      const filter = { text: typed.toWellFormed(), status, sort };
      const address = new URL(addressOf('/', listQueryOf(filter)), 'http://muster.example');
      expect(listFilterOf(address.searchParams)).toEqual(filter);
    }),
  );
});

test('an address that says nothing, or nonsense, shows all by name', () => {
  expect(listFilterOf(new URLSearchParams('status=asleep&sort=colour'))).toEqual(ALL_AGENTS);
  expect(addressOf('/', listQueryOf(ALL_AGENTS))).toBe('/');
});

test('the list is ordered by name, by activity or by host', () => {
  const agents = [
    agentWith({ name: 'b', lastActivity: 3 }),
    agentWith({ name: 'a', lastActivity: 1 }),
    agentWith({ name: 'c', lastActivity: 3 }),
  ];
  const names = (sort: (typeof SORTS)[number]) =>
    [...agents].sort(inOrder(sort, ({ name }) => (name === 'a' ? 'vm-2' : 'vm-10'))).map(({ name }) => name);
  expect([names('name'), names('active'), names('host')]).toEqual([
    ['a', 'b', 'c'],
    ['b', 'c', 'a'],
    ['a', 'b', 'c'],
  ]);
});
