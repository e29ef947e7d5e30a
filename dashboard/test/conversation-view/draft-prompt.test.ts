import { FileIdSchema } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { mentionQuery, promptOfDraft, withMention } from '../../src/lib/conversation-view/draft-prompt.ts';

describe('[C15] files that a message names by @', () => {
  it.each([
    ['@', 1, ''],
    ['see @src/ma', 11, 'src/ma'],
    ['see @src/ma and', 8, 'src'],
    ['mail ada@example.com', 20, null],
    ['see @a b', 8, null],
    ['', 0, null],
  ])('[C15] in %j at %i it is %j that is looked for', (text, caret, query) => {
    expect(mentionQuery(text, caret)).toBe(query);
  });

  it('[C15] a chosen path takes the word’s place, and the caret stands behind it', () => {
    expect(withMention('see @ma', 7, 'src/main.ts')).toEqual({ text: 'see @src/main.ts ', caret: 17 });
    expect(withMention('see @ma now', 7, 'src/main.ts')).toEqual({ text: 'see @src/main.ts now', caret: 17 });
  });

  it('[C15] the chosen ones are links, in their places; all else is text', () => {
    const mentioned = new Set(['a.ts', 'a.tsx', 'my file.txt']);
    expect(promptOfDraft('see @a.tsx', new Set(['a.ts']), [])).toBe('see @a.tsx');
    expect(promptOfDraft('no names', mentioned, [])).toBe('no names');
    expect(promptOfDraft('see @b.ts and ada@a.ts', mentioned, [])).toBe('see @b.ts and ada@a.ts');
    expect(promptOfDraft('see @a.tsx, @my file.txt', mentioned, [])).toEqual([
      { type: 'text', text: 'see ' },
      { type: 'mention', path: 'a.tsx' },
      { type: 'text', text: ', ' },
      { type: 'mention', path: 'my file.txt' },
    ]);
  });

  it('[C15] attached files stand behind the text, or alone', () => {
    const file = { fileId: FileIdSchema.parse('f'), name: 'a.png', mimeType: 'image/png', size: 3 };
    expect(promptOfDraft('look', new Set(), [file])).toEqual([
      { type: 'text', text: 'look' },
      { type: 'file', ...file },
    ]);
    expect(promptOfDraft(' ', new Set(), [file])).toEqual([{ type: 'file', ...file }]);
  });
});
