import { describe, expect, it } from 'vitest';
import { actionsOf } from '../../../../src/team-lobby/core/push/actions.ts';
import { isQuiet } from '../../../../src/team-lobby/core/push/quiet-hours.ts';
import { headOf } from '../rig.ts';

const once = { optionId: 'once', name: 'Allow', kind: 'allow_once' };
const reject = { optionId: 'no', name: 'Deny', kind: 'reject_once' };
const offered = (over: Parameters<typeof headOf>[0]) =>
  actionsOf(headOf({ options: [once, reject], ...over })).map(({ optionId }) => optionId);

describe('[C10b] the buttons of a notification', () => {
  it('[C8] allow only what is one line with nothing hidden, and reject anything', () => {
    expect(offered({})).toEqual(['once', 'no']);
    expect(offered({ oneLine: false })).toEqual(['no']);
    expect(offered({ argumentChars: 3 })).toEqual(['no']);
    expect(offered({ title: 'Run\u202els' })).toEqual(['no']);
    expect(offered({ title: 'x'.repeat(199) })).toEqual(['no']);
  });

  it('[C9] are the only option of their kind, and none where the mode would change', () => {
    expect(offered({ options: [once, { ...once, optionId: 'other' }, reject] })).toEqual(['no']);
    expect(offered({ options: [once, { ...reject, name: 'x\u200by' }] })).toEqual(['once']);
    expect(offered({ toolKind: 'switch_mode' })).toEqual([]);
    expect(offered({ kind: 'elicitation' })).toEqual([]);
  });
});

describe('[C10] quiet hours', () => {
  const at = (clock: string) => Date.parse(`2026-07-01T${clock}:00Z`);

  it('[C10] are by the clocks of their place, over midnight too', () => {
    const night = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
    expect(['19:59', '20:00', '23:30', '04:59', '05:00'].map((clock) => isQuiet(night, at(clock)))).toEqual([
      ...[false, true, true, true, false],
    ]);
    const noon = { from: '12:00', to: '13:00', timeZone: 'UTC' };
    expect(['11:59', '12:00', '12:59', '13:00'].map((clock) => isQuiet(noon, at(clock)))).toEqual([
      ...[false, true, true, false],
    ]);
    expect(isQuiet(null, at('12:00'))).toBe(false);
  });
});
