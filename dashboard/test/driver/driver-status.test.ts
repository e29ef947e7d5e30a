import { type Keyboard, MemberClientSchema, type Role, type Watcher } from '@muster/protocol';
import { describe, expect, test } from 'vitest';
import {
  driverStatusOf,
  initialsOf,
  mayDrive,
  mayGrant,
  mayTake,
  nameOf,
} from '../../src/lib/driver/driver-status.ts';

const page = (memberId: string, clientId: string) =>
  MemberClientSchema.parse({ memberId, name: memberId, clientId });
const self = (role: Role) => ({ clientId: 'here', member: { id: 'ada', role } });
const ADA = self('operator');
const held = (driver: Keyboard['driver'], ...asking: Keyboard['asking']): Keyboard => ({ driver, asking });

describe('[B9] what a page may do with the keyboard', () => {
  test('is said of this page, not of its person', () => {
    const standings = [
      undefined,
      held(null),
      held(page('ada', 'here')),
      held(page('ada', 'phone')),
      held(page('grace', 'g')),
    ];
    expect(standings.map((keyboard) => driverStatusOf(keyboard, ADA).name)).toEqual([
      'none',
      'free',
      'here',
      'own',
      'other',
    ]);
  });
  test('knows whether it has asked', () => {
    const grace = page('grace', 'g');
    expect(driverStatusOf(held(grace), ADA)).toMatchObject({ asked: false });
    expect(driverStatusOf(held(grace, page('ada', 'here')), ADA)).toMatchObject({ asked: true });
  });
  test('a viewer never drives, an admin may take over, an unknown member may nothing', () => {
    expect((['viewer', 'operator', 'admin'] as const).map((role) => mayDrive(self(role)))).toEqual([
      false,
      true,
      true,
    ]);
    expect([mayTake(ADA), mayTake(self('admin'))]).toEqual([false, true]);
    expect(mayDrive({ clientId: 'here', member: null })).toBe(false);
  });
  test('is given by its driver or an admin, to others who may type', () => {
    const to = (role: Role, clientId = 'g', driving = false): Watcher => ({
      ...page('grace', clientId),
      role,
      driving,
    });
    const mine = driverStatusOf(held(page('ada', 'here')), ADA);
    expect(mayGrant(mine, ADA, to('operator'))).toBe(true);
    expect(mayGrant(mine, ADA, to('viewer'))).toBe(false);
    expect(mayGrant(mine, ADA, to('operator', 'here'))).toBe(false);
    const other = driverStatusOf(held(page('bob', 'b')), ADA);
    expect(mayGrant(other, ADA, to('operator'))).toBe(false);
    expect(mayGrant(other, self('admin'), to('operator'))).toBe(true);
    expect(mayGrant(other, self('admin'), to('operator', 'g', true))).toBe(false);
  });
});

describe('names', () => {
  test('are one or two letters where there is little room', () => {
    expect(['ada', 'Grace Hopper', 'a.b-c', '漢字', ' ', '😀 x'].map(initialsOf)).toEqual([
      'A',
      'GH',
      'AC',
      '漢',
      '?',
      '😀X',
    ]);
  });
  test('tell a person their own pages', () => {
    const watcher = (memberId: string, clientId: string): Watcher => ({
      ...page(memberId, clientId),
      role: 'admin',
      driving: false,
    });
    expect(nameOf(watcher('ada', 'here'), ADA)).toBe('You');
    expect(nameOf(watcher('ada', 'phone'), ADA)).toBe('You, another page');
    expect(nameOf(watcher('grace', 'g'), ADA)).toBe('grace');
  });
});
