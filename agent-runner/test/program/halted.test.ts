import { describe, expect, it } from 'vitest';
import { HaltState } from '../../src/program/containment/halted.ts';
import type { ProcessRow } from '../../src/program/containment/process-table.ts';

/** No such process: nothing is really signalled. */
const row = (state: string, startTicks = 1): ProcessRow => ({
  pid: 2 ** 22 + 1,
  name: 'x',
  state,
  parent: 1,
  group: 1,
  session: 1,
  foreground: -1,
  startTicks,
  cpuTicks: 0,
});

describe('[P2] stopping', () => {
  it('is done when everything is seen stopped', () => {
    const halted = new HaltState();
    expect(halted.stop([row('R')])).toBe(false);
    expect(halted.stop([row('R')])).toBe(false);
    expect(halted.stop([row('T')])).toBe(true);
    expect(halted.stop([])).toBe(true);
  });

  it('takes a signalled process in a system call, such as a parent in vfork, for stopped', () => {
    const halted = new HaltState();
    expect(halted.stop([row('D')])).toBe(false);
    expect(halted.stop([row('D')])).toBe(true);
    expect(halted.stop([row('D', 2)])).toBe(false);
    halted.go();
    expect(halted.stop([row('D')])).toBe(false);
  });
});
