import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemberIdSchema, type StoredPolicy } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { Log } from '../../src/host/log.ts';
import { HeldPolicy } from '../../src/keeper/agent-policy.ts';
import { placeIn } from '../../src/keeper/conversations/place-in.ts';

const log = new Log('silent', {}, () => {});
const policy = (revision: number, command = `c${revision}`): StoredPolicy => ({
  revision,
  rules: [
    {
      ruleId: 'r',
      command,
      decision: 'allow',
      createdBy: MemberIdSchema.parse('ada'),
      createdByName: 'Ada',
      createdAt: 1,
    },
  ],
});
function file(text: string | null = null, full = false) {
  const kept = { text };
  return {
    kept,
    read: () => kept.text,
    save: (next: string) => {
      if (full) throw new Error('ENOSPC');
      kept.text = next;
    },
  };
}

describe('[C9a] the policy that a keeper holds', () => {
  it('is none until the room tells one: people are asked', () => {
    const held = new HeldPolicy(file(), log);
    expect([held.revision, held.current.rules]).toEqual([null, []]);
  });

  it('is the newest that was told, for a later keeper too', () => {
    const disk = file();
    const held = new HeldPolicy(disk, log);
    for (const revision of [3, 2, 3]) held.replace(policy(revision));
    expect(held.current.rules[0]?.command).toBe('c3');
    const later = new HeldPolicy(disk, log);
    later.replace(policy(2));
    expect([later.revision, later.current.rules[0]?.command]).toEqual([3, 'c3']);
  });

  it('counts on a full disk too', () => {
    const held = new HeldPolicy(file(null, true), log);
    held.replace(policy(1));
    expect(held.revision).toBe(1);
  });

  it('that cannot be read is none', () => {
    for (const text of ['', '{', '{"rules":[{}],"revision":9}'])
      expect(new HeldPolicy(file(text), log).revision).toBeNull();
  });
});

describe('[C9b] where a path leads', () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'policy-')));
  const work = join(root, 'work');
  mkdirSync(join(work, 'src'), { recursive: true });
  mkdirSync(join(root, 'workshop'));
  writeFileSync(join(work, 'src', 'a.ts'), '');
  writeFileSync(join(root, 'secret'), '');
  symlinkSync('src', join(work, 'inner'));
  symlinkSync(root, join(work, 'outer'));
  symlinkSync(join(root, 'not-there-yet'), join(work, 'dangling'));
  symlinkSync('loop', join(work, 'loop'));
  const place = placeIn(work);

  it.each([
    ['src/a.ts', 'src/a.ts'],
    [join(work, 'src/a.ts'), 'src/a.ts'],
    ['src/new/file', 'src/new/file'],
    ['./src//a.ts', 'src/a.ts'],
    ['inner/a.ts', 'src/a.ts'],
    ['inner/new', 'src/new'],
    ['', ''],
    ['outer/secret', null],
    ['outer/work/src/a.ts', 'src/a.ts'],
    ['outer/new', null],
    ['dangling', null],
    ['dangling/x', null],
    ['loop', null],
    ['src/a.ts/x', null],
    ['src/../src/a.ts', null],
    ['inner/../../secret', null],
    ['~/x', null],
    ['file:///etc/passwd', null],
    [join(root, 'workshop/x'), null],
    ['src/\0', null],
  ])('%j leads to %j', (path, expected) => {
    expect(place(path)).toBe(expected);
  });
});
