import { ROLES } from '@muster/protocol';
import { expect, test } from 'vitest';
import { may } from '../../src/lib/connection/may.ts';

test('[X5] a page shows what its role may do, by the one table, and nothing while the member is unknown', () => {
  const [viewer, operator, admin] = ROLES.map((role) => ({ role }));
  const of = (type: Parameters<typeof may>[1]) =>
    [null, viewer, operator, admin].map((member) => may(member ?? null, type));
  expect(of('agent:create')).toEqual([false, false, false, true]);
  expect(of('agent:input')).toEqual([false, false, true, true]);
  expect(of('subscribe:agent')).toEqual([false, true, true, true]);
  expect(of('ping')).toEqual([true, true, true, true]);
});
