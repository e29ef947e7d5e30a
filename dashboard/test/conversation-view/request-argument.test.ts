import { describe, expect, it } from 'vitest';
import { argumentFields, sizeOf } from '../../src/lib/conversation-view/request-argument.ts';
import { argument } from './builders.ts';

describe('the argument of a request', () => {
  it('[C8] shows each field whole, texts as they are', () => {
    const rawInput = JSON.stringify({ command: 'rm -rf\n/', timeout: 5 });
    expect(argumentFields(rawInput)).toEqual([
      { name: 'command', text: 'rm -rf\n/' },
      { name: 'timeout', text: '5' },
    ]);
  });

  it('[C8] shows an input as it was written where reading it would lose something', () => {
    const twice = '{"command":"ls","command":"rm -rf /"}';
    const exact = '{"count":12345678901234567890}';
    expect(argumentFields(twice)).toEqual([{ name: null, text: twice }]);
    expect(argumentFields(exact)).toEqual([{ name: null, text: exact }]);
    expect(argumentFields('rm -rf /')).toEqual([{ name: null, text: 'rm -rf /' }]);
    expect(argumentFields(undefined)).toEqual([]);
  });

  it('[C8] counts the characters, those that cannot be seen, and those that were left out', () => {
    const size = sizeOf(
      argument({
        rawInput: JSON.stringify({ command: 'ls\u200b' }),
        content: [{ type: 'text', text: 'abc', omitted: 7 }],
        omitted: 3,
      }),
    );
    expect(size).toEqual({ characters: 6, hidden: 1, omitted: 10, unknown: false });
  });

  it('[C8] knows that the agent has told nothing', () => {
    expect(sizeOf(argument()).unknown).toBe(true);
    expect(sizeOf(argument({ locations: [{ path: '/etc/passwd' }] })).unknown).toBe(false);
  });

  it('[C8] a picture counts as left out: nobody sees it here', () => {
    const content = [{ type: 'image' as const, mimeType: 'image/png', bytes: 900 }];
    expect(sizeOf(argument({ content })).omitted).toBe(900);
  });
});
