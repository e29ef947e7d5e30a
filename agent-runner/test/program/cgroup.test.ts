import { describe, expect, it } from 'vitest';
import { findCgroupMounts, isCgroupOf, locateCgroup } from '../../src/program/containment/cgroup.ts';
import { parseStat } from '../../src/program/containment/process-table.ts';

const HYBRID = [
  '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
  '32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu',
  '38 31 0:35 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate',
].join('\n');

describe('[P2] finding cgroup v2', () => {
  it('beside version 1', () => {
    const mounts = findCgroupMounts(HYBRID);
    expect(mounts).toEqual([{ directory: '/sys/fs/cgroup/unified', root: '/' }]);
    expect(locateCgroup(mounts, '5:cpuset:/a\n0::/user.slice/x\n')).toBe(
      '/sys/fs/cgroup/unified/user.slice/x',
    );
    expect(locateCgroup(mounts, '0::/\n')).toBe('/sys/fs/cgroup/unified/');
  });

  it('in a container that shows only a part', () => {
    const mounts = findCgroupMounts('38 31 0:35 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw');
    expect(locateCgroup(mounts, '0::/docker/abc/y')).toBe('/sys/fs/cgroup/y');
    expect(locateCgroup(mounts, '0::/docker/abcd')).toBeUndefined();
    expect(locateCgroup(mounts, '0::/../other')).toBeUndefined();
  });

  it('in a place whose name has blanks', () => {
    expect(findCgroupMounts('1 2 0:3 / /mnt/a\\040b rw - cgroup2 none rw')[0]?.directory).toBe('/mnt/a b');
  });

  it('nowhere', () => {
    expect(findCgroupMounts('31 23 0:28 / /sys rw - sysfs sysfs rw')).toEqual([]);
    expect(locateCgroup([], '0::/')).toBeUndefined();
    expect(locateCgroup(findCgroupMounts(HYBRID), '8:pids:/only-version-1')).toBeUndefined();
  });

  it('[P4] believes no path that is not one of its own making', () => {
    expect(isCgroupOf('/etc/muster-abcdefgh', 'abcdefgh')).toBe(false);
    expect(isCgroupOf('/sys/fs/cgroup/unified/../../muster-abcdefgh', 'abcdefgh')).toBe(false);
    expect(isCgroupOf('/sys/fs/cgroup/unified/system.slice', 'abcdefgh')).toBe(false);
  });
});

describe('reading the process table', () => {
  it('is not misled by the name of a program', () => {
    const fields = 'S 10 11 12 34816 13 4194304 1 2 3 4 50 60 5 6 20 0 1 0 777 1000 20';
    expect(parseStat(`42 (a) Z 1 (b)) ${fields}`)).toEqual({
      pid: 42,
      name: 'a) Z 1 (b)',
      state: 'S',
      parent: 10,
      group: 11,
      session: 12,
      foreground: 13,
      cpuTicks: 110,
      startTicks: 777,
    });
    expect(parseStat('')).toBeUndefined();
    expect(parseStat('42 (cut off) S 1')).toBeUndefined();
  });
});
