import { describe, expect, it } from 'vitest';
import { start } from './harness.ts';

const say = (text: string) => Buffer.from(text);

describe('the Echo program', () => {
  it('says what is written to it, in order, and ends by a line', async () => {
    const run = await start('anything', [], { kind: 'echo' });
    run.program.write(say('one '));
    run.program.write(say('two\ner'));
    run.program.write(say('ror oops\nexit 3\n'));
    run.program.write(say('too late'));
    expect(await run.ended).toEqual({ exitCode: 3 });
    expect(run.text()).toBe('one two\nerror oops\nexit 3\n');
    expect(run.text(1)).toBe('oops\n');
  });

  it('counts', async () => {
    const run = await start('anything', [], { kind: 'echo' });
    run.program.write(say('count 3\rexit 0\r'));
    await run.ended;
    expect(run.text()).toBe('count 3\rexit 0\r1\n2\n3\n');
  });

  it('keeps still while held or paused', async () => {
    const run = await start('anything', [], { kind: 'echo' });
    run.program.hold();
    run.program.write(say('a'));
    await run.program.pause();
    run.program.flow();
    expect(run.text()).toBe('');
    await run.program.resume();
    expect(run.text()).toBe('a');
    await run.program.terminate({ force: false });
  });

  it.each([
    [true, 'SIGKILL'],
    [false, 'SIGTERM'],
  ])('can be terminated while paused (force: %s)', async (force, signal) => {
    const run = await start('anything', [], { kind: 'echo' });
    await run.program.pause();
    await run.program.terminate({ force });
    expect(await run.ended).toEqual({ signal });
  });

  it('is ended by the signals that end programs', async () => {
    const run = await start('anything', [], { kind: 'echo' });
    run.program.signal('SIGWINCH');
    run.program.signal('SIGINT');
    expect(await run.ended).toEqual({ signal: 'SIGINT' });
  });
});
