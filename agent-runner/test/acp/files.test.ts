import { err, FileIdSchema, ok, type PromptPart, wireError } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import type { FetchedFile } from '../../src/acp/core/index.ts';
import { prompt } from '../support/acp-rig.ts';
import { Talk } from './talk.ts';

const file = (name: string, mimeType: string): PromptPart => ({
  type: 'file',
  fileId: FileIdSchema.parse(`id-${name.replace(' ', '-')}`),
  name,
  mimeType,
  size: 3,
});
const PARTS = [file('a.png', 'image/png'), file('b.txt', 'text/plain')];

/** A turn `t1` with files, with an agent that can so much. */
function withFiles(promptCapabilities: object, parts: readonly PromptPart[] = PARTS) {
  const talk = new Talk({ initialize: { agentCapabilities: { promptCapabilities } } });
  const { payload } = prompt('see', 't1');
  const content = [...payload.content, ...parts];
  talk.order({ type: 'conversation:prompt', payload: { ...payload, content } });
  talk.open();
  const wanted = talk.effects.find((effect) => effect.type === 'fetch-files');
  const fetched = (...files: FetchedFile[]) =>
    talk.feed({ type: 'files-fetched', turnId: 't1', fetched: ok(files) });
  return { talk, wanted, fetched };
}
const wants = (wanted: ReturnType<typeof withFiles>['wanted']) => wanted?.files.map((each) => each.wants);

describe('[C15] files of a prompt', () => {
  it('[C5] [C15] come as the agent takes them: images, text within the prompt, else as files to read', () => {
    expect(wants(withFiles({ image: true, embeddedContext: true }).wanted)).toEqual(['bytes', 'text']);
    expect(wants(withFiles({ image: true }).wanted)).toEqual(['bytes', 'path']);
    expect(wants(withFiles({ embeddedContext: true }).wanted)).toEqual(['text', 'text']);
    expect(wants(withFiles({}).wanted)).toEqual(['path', 'path']);
  });

  it('[C15] [C16] the turn begins when they are there, and the prompt has them in their places', () => {
    const { talk, fetched } = withFiles({ image: true, embeddedContext: true });
    expect(talk.of('turn:started')).toEqual([]);
    expect(talk.last('session/prompt')).toBeUndefined();
    fetched({ type: 'bytes', data: 'AAAA' }, { type: 'text', text: 'Hi', path: '/copies/b.txt' });
    expect(talk.of('turn:started')).toMatchObject([{ turnId: 't1' }]);
    expect(talk.last('session/prompt')).toMatchObject({
      params: {
        prompt: [
          { type: 'text', text: 'see' },
          { type: 'image', data: 'AAAA', mimeType: 'image/png' },
          { type: 'resource', resource: { uri: 'file:///copies/b.txt', text: 'Hi', mimeType: 'text/plain' } },
        ],
      },
    });
    expect(talk.items).toMatchObject([{ kind: 'user', text: 'see', attachments: PARTS }]);
  });

  it('[C15] are links to copies where the agent takes neither', () => {
    const { talk, fetched } = withFiles({}, [file('a b.png', 'image/png')]);
    fetched({ type: 'path', path: '/copies/a b.png' });
    expect(talk.last('session/prompt')).toMatchObject({
      params: {
        prompt: [
          { type: 'text' },
          {
            type: 'resource_link',
            uri: 'file:///copies/a%20b.png',
            name: 'a b.png',
            mimeType: 'image/png',
            size: 3,
          },
        ],
      },
    });
  });

  it('[C15] that cannot be had end the turn before it began, so that its message waits on', () => {
    const { talk } = withFiles({ image: true });
    const error = wireError('INVALID_STATE', 'The file a.png did not reach the agent');
    talk.feed({ type: 'files-fetched', turnId: 't1', fetched: err(error) });
    expect(talk.of('turn:started')).toEqual([]);
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'failed', error }]);
  });

  it('[C16] that come when the turn was cancelled start nothing', () => {
    const { talk, fetched } = withFiles({ image: true });
    const { conversationId } = talk.state;
    talk.order({ type: 'conversation:cancel', payload: { conversationId, turnId: 't1' } });
    fetched({ type: 'bytes', data: 'AAAA' }, { type: 'path', path: '/b' });
    expect(talk.last('session/prompt')).toBeUndefined();
    expect(talk.of('turn:ended')).toMatchObject([{ outcome: 'cancelled' }]);
  });

  it('[C12] are not steered: their message waits for a turn of its own', () => {
    const talk = Talk.running({ initialize: { _meta: { steering: { supported: true } } } });
    const { payload } = prompt('see', 't1');
    talk.order({ type: 'conversation:steer', payload: { ...payload, content: PARTS } });
    expect(talk.of('message:steered')).toMatchObject([{ outcome: 'queued' }]);
  });
});

describe('[C11] sessions that an agent lists', () => {
  const LISTS = { agentCapabilities: { sessionCapabilities: { list: {}, resume: {} } } };
  const listed = (talk: Talk) =>
    talk.effects.flatMap((effect) => (effect.type === 'sessions-listed' ? [effect.answer] : []));
  const asked = (options: ConstructorParameters<typeof Talk>[0] = { initialize: LISTS }) => {
    const talk = new Talk(options);
    talk.feed({ type: 'list-sessions', queryId: 'q' });
    talk.open();
    return talk;
  };

  it('[C11] are asked for without opening one, and told within their bounds', () => {
    const talk = asked();
    expect(talk.methods).toEqual(['initialize', 'session/list']);
    expect(talk.last('session/list')).toMatchObject({ params: { cwd: '/work' } });
    const sessions = [
      { sessionId: 's1', cwd: '/work/', title: 'x'.repeat(500), updatedAt: '2026-01-02T00:00:00Z' },
      { sessionId: 's2', cwd: '/home/other', title: 'Of another' },
      { sessionId: 's3', cwd: '/work', updatedAt: 'yesterday' },
      { sessionId: '', cwd: '/work' },
      'nonsense',
    ];
    talk.answer('session/list', { sessions, nextCursor: 'n' });
    expect(listed(talk)).toEqual([
      {
        type: 'sessions',
        sessions: [
          { sessionId: 's1', title: 'x'.repeat(200), updatedAt: Date.UTC(2026, 0, 2), cwd: '/work' },
          { sessionId: 's3', title: null, updatedAt: null, cwd: '/work' },
        ],
        next: 'n',
      },
    ]);
  });

  it('[C11] an agent that lists none says so', () => {
    expect(listed(asked({}))).toMatchObject([{ type: 'refused', error: { code: 'INVALID_STATE' } }]);
  });

  it('[C11] are asked of a session that is open, beside its turn', () => {
    const talk = Talk.running({ initialize: LISTS });
    talk.feed({ type: 'list-sessions', queryId: 'q', cursor: 'n' });
    expect(talk.last('session/list')).toMatchObject({ params: { cursor: 'n' } });
  });

  it('[C5] are refused with the way to sign in, with the adapter’s death and with its refusal to start', () => {
    const signIn = asked();
    signIn.fail('session/list', -32000, 'Authentication required');
    const died = asked();
    died.feed({ type: 'adapter-exited', how: 'with exit code 1', said: '', asked: null });
    const never = new Talk();
    never.feed({ type: 'list-sessions', queryId: 'q' });
    const missing = wireError('AGENT_SPAWN_FAILED', 'There is no program');
    never.feed({ type: 'adapter-refused', error: missing });
    for (const talk of [signIn, died, never]) expect(listed(talk)).toMatchObject([{ type: 'refused' }]);
    expect(listed(never)).toEqual([{ type: 'refused', error: missing }]);
  });
});
