import { isTextItem, LIMITS, type ToolItem } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import { maskerOf } from '../../src/acp/masker.ts';
import { conversation } from '../support/acp-rig.ts';
import { Talk } from './talk.ts';

const flush = { type: 'conversation:flush', payload: { conversationId: conversation('1') } } as const;
const toolOf = (talk: Talk, at = 0): ToolItem => {
  const tool = talk.items.filter((item) => item.kind === 'tool')[at];
  if (tool === undefined) throw new Error('no tool');
  return tool;
};
const end = (talk: Talk) => talk.answer('session/prompt', { stopReason: 'end_turn' });

describe('text', () => {
  it('[C14] flows at once, and gets a row when it ends, every 10 s, and when somebody joins', () => {
    const talk = Talk.running();
    talk.chunk('a', 'm');
    talk.chunk('b', 'm');
    expect(talk.live).toEqual(['user go', 'agent ab']);
    expect(talk.rows).toEqual(['user go']);
    talk.wait(10_000);
    expect(talk.rows).toEqual(['user go', 'agent ab']);
    talk.chunk('c', 'm');
    talk.order(flush);
    expect(talk.rows).toEqual(['user go', 'agent abc']);
    talk.order(flush);
    talk.chunk('d', 'm');
    end(talk);
    expect(talk.rows).toEqual(['user go', 'agent abcd']);
    // Those of one moment go together.
    expect(talk.of('conversation:items')).toHaveLength(4);
    expect(talk.items[1]).toMatchObject({ turnId: 't1', endedAt: talk.now });
  });

  it('[C6] one id for thought and text is two items, and an id that comes back is another', () => {
    const talk = Talk.running();
    talk.chunk('Hm', 'same', 'agent_thought_chunk');
    talk.chunk('So', 'same');
    talk.tool('t');
    talk.chunk('on', 'same');
    end(talk);
    expect(talk.rows).toEqual(['user go', 'thought Hm', 'agent So', 'tool t stopped', 'agent on']);
    expect(new Set(talk.items.map(({ itemId }) => itemId)).size).toBe(5);
  });

  it('[C6] an id that comes again after a restart is another item', () => {
    const talk = Talk.running();
    talk.chunk('one', 'm');
    talk.feed({ type: 'adapter-exited', how: 'with exit code 0', said: '', asked: null });
    talk.prompt('more', 't2');
    talk.open('i2');
    talk.chunk('two', 'm');
    end(talk);
    expect(talk.rows.filter((row) => row.startsWith('agent'))).toEqual(['agent one', 'agent two']);
  });

  it('[C15] goes on in another item where it is too long for one', () => {
    const talk = Talk.running();
    const long = '\u0001"é😀'.repeat(100_000);
    talk.chunk(long, 'm');
    talk.chunk('end', 'm');
    end(talk);
    const texts = talk.items.filter(isTextItem).slice(1);
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.map(({ text }) => text).join('')).toBe(`${long}end`);
    for (const item of texts) expect(JSON.stringify(item).length).toBeLessThanOrEqual(LIMITS.itemChars);
    expect(talk.live).toEqual(talk.rows);
  });

  it('[X7] a secret that comes letter by letter is masked, live and in rows', () => {
    const masker = maskerOf({ secrets: ['TOKEN'] }, { TOKEN: 'nothing-to-see-here' });
    const talk = Talk.running({ masker });
    for (const letter of 'It is "nothing-to-see-here".') talk.chunk(letter, 'm');
    talk.wait(100);
    talk.chunk(' nothing', 'm');
    talk.wait(100);
    end(talk);
    expect(talk.rows[1]).toMatch(/^agent It is "not\*+"\. nothing$/);
    expect(talk.live).toEqual(talk.rows);
    expect(JSON.stringify(talk.effects)).not.toContain('nothing-to-see');
  });

  it('[X7] a secret in a tool call is masked, and the message around it stays whole', () => {
    const masker = maskerOf({ secrets: ['TOKEN'] }, { TOKEN: 'n"quoted\\secret' });
    const talk = Talk.running({ masker });
    talk.tool('t', {
      title: 'n"quoted\\secret',
      rawInput: { a: ['\nn"quoted\\secret'] },
      status: 'completed',
    });
    expect(toolOf(talk).title).toMatch(/^\*+$/);
    expect(JSON.parse(toolOf(talk).rawInput ?? '')).toEqual({ a: [expect.stringMatching(/^\n\*+$/)] });
  });
});

describe('a tool call', () => {
  it('[C6] is replaced by what an update carries, and keeps the rest', () => {
    const talk = Talk.running();
    talk.tool('t', { title: 'bash', kind: 'execute', rawInput: {}, content: [] });
    talk.toolUpdate('t', { rawInput: { command: 'ls' }, locations: [{ path: '/a', line: 2 }] });
    talk.toolUpdate('t', {
      status: 'completed',
      content: [{ type: 'content', content: { type: 'text', text: 'x' } }],
    });
    expect(toolOf(talk)).toMatchObject({
      title: 'bash',
      toolKind: 'execute',
      status: 'completed',
      rawInput: '{"command":"ls"}',
      content: [{ type: 'text', text: 'x' }],
      locations: [{ path: '/a', line: 2 }],
      endedAt: talk.now,
    });
  });

  it('[C6] only terminal output appends', () => {
    const talk = Talk.running();
    talk.tool('t');
    for (const data of ['a', 'b']) talk.toolUpdate('t', { _meta: { terminal_output_delta: { data } } });
    talk.toolUpdate('t', { status: 'completed' });
    expect(toolOf(talk).content).toEqual([{ type: 'terminal', text: 'ab' }]);
  });

  it('[C6] a terminal among its contents is the place of what was printed', () => {
    const talk = Talk.running();
    const terminal = { type: 'terminal', terminalId: 't' };
    const text = (value: string) => ({ type: 'content', content: { type: 'text', text: value } });
    talk.tool('t', { content: [terminal] });
    talk.toolUpdate('t', { _meta: { terminal_output_delta: { terminal_id: 't', data: 'refused' } } });
    talk.toolUpdate('t', { status: 'failed', content: [terminal, text('why')] });
    expect(toolOf(talk).content).toEqual([
      { type: 'terminal', text: 'refused' },
      { type: 'text', text: 'why' },
    ]);
  });

  it('[C16] of the background is still itself in the next turn, and an exit of a forgotten one is no call', () => {
    const talk = Talk.running();
    const exit = { _meta: { terminal_exit: { exit_code: 0 } } };
    talk.tool('kept', { status: 'completed', rawInput: { run_in_background: true } });
    talk.tool('forgotten', { status: 'completed' });
    end(talk);
    talk.prompt('go on', 't2');
    talk.toolUpdate('kept', { ...exit, rawOutput: 'all of it' });
    talk.toolUpdate('forgotten', exit);
    expect(talk.rows).toEqual(['user go', 'tool kept completed', 'tool forgotten completed', 'user go on']);
  });

  it('[C14] has a row at each change of its status, and live updates of it go together', () => {
    const talk = Talk.running();
    talk.tool('t', { status: 'pending' });
    const before = talk.updates.length;
    for (let n = 0; n < 50; n += 1) talk.toolUpdate('t', { rawOutput: `${n}` });
    talk.wait(100);
    expect(talk.updates.length - before).toBe(1);
    for (const status of ['in_progress', 'in_progress', 'completed']) {
      talk.toolUpdate('t', { status });
      talk.wait(300);
    }
    expect(talk.of('conversation:items').map(({ writes }) => writes.length)).toEqual([2, 1]);
    expect(talk.live).toEqual(talk.rows);
  });

  it('[C14] whose row waited is written as it is then: a row never goes back behind what was seen live', () => {
    const talk = Talk.running();
    talk.tool('t', { status: 'in_progress' });
    talk.wait(150);
    talk.toolUpdate('t', { rawOutput: 'newer' });
    talk.wait(150);
    expect(talk.of('conversation:items').at(-1)?.writes.at(-1)).toMatchObject({
      item: { rawOutput: 'newer' },
    });
    talk.chunk('a');
    talk.wait(10_000);
    talk.chunk('b');
    const last = talk.of('conversation:items').at(-1)?.writes;
    expect(last).toMatchObject([{ item: { text: 'a' } }]);
  });

  it('[C6] an id that ended and begins again is another tool call', () => {
    const talk = Talk.running();
    for (const title of ['first', 'second']) {
      talk.tool('t', { title });
      talk.toolUpdate('t', { status: 'completed' });
    }
    expect(talk.rows).toEqual(['user go', 'tool first completed', 'tool second completed']);
  });

  it('[C16] is stopped by the end of its turn, unless it goes on in the background', () => {
    const talk = Talk.running();
    talk.tool('a');
    talk.tool('b', { rawInput: { run_in_background: true } });
    end(talk);
    expect(talk.rows).toEqual(['user go', 'tool a stopped', 'tool b pending']);
    talk.toolUpdate('b', { status: 'completed' });
    expect(talk.rows).toEqual(['user go', 'tool a stopped', 'tool b completed']);
  });

  it('[C15] that prints too much is cut in the middle, with a count', () => {
    const talk = Talk.running();
    const text = `begin${'\u0007'.repeat(2 ** 20)}end`;
    talk.tool('t', {
      status: 'completed',
      content: [{ type: 'content', content: { type: 'text', text } }],
      rawOutput: text,
    });
    const tool = toolOf(talk);
    expect(JSON.stringify(tool).length).toBeLessThanOrEqual(LIMITS.itemChars);
    const [content] = tool.content;
    expect(content).toMatchObject({ text: expect.stringMatching(/^begin.*characters left out.*end$/s) });
    expect(tool.omitted).toBeGreaterThan(2 ** 19);
  });

  it('[C15] that never ends is one of 500 at most', () => {
    const talk = Talk.running();
    for (let n = 0; n < 600; n += 1) talk.tool(`t${n}`);
    expect(talk.state.tools.all()).toHaveLength(500);
    expect(talk.rows.filter((row) => row.endsWith('stopped'))).toHaveLength(100);
  });

  it('[C6] of a sub-agent is nested below the call that began it', () => {
    const talk = Talk.running();
    const _meta = { claudeCode: { parentToolUseId: 'task' } };
    talk.tool('task');
    talk.update({ sessionUpdate: 'tool_call', toolCallId: 'inner', title: 'x', _meta }, 'child');
    expect(toolOf(talk, 1).parent).toBe(toolOf(talk).itemId);
  });
});

describe('other updates', () => {
  it('[C4] what is unknown is kept as it is, and drops nothing beside it', () => {
    const talk = Talk.running();
    talk.update({ sessionUpdate: 'from_the_future', colour: 'red' });
    talk.update({ sessionUpdate: 'agent_message_chunk', content: { type: 'hologram', data: 1 } });
    talk.update({ sessionUpdate: 'tool_call', title: 'without an id' });
    talk.line({ method: '_of/its/own', params: {} });
    talk.line({ id: 7, method: 'fs/read_text_file', params: { path: '/etc/passwd' } });
    talk.line({ id: 12_345, result: {} });
    talk.chunk('on');
    end(talk);
    expect(talk.rows).toEqual([
      'user go',
      'other from_the_future',
      'other agent',
      'other tool_call',
      'agent on',
    ]);
    expect(talk.items[1]).toMatchObject({ json: '{"sessionUpdate":"from_the_future","colour":"red"}' });
    expect(talk.answers(7)).toMatchObject([{ error: { code: -32601 } }]);
  });

  it('[C4] a line that is no message is a notice with its beginning', () => {
    const talk = Talk.running();
    talk.feed({ type: 'garbage', text: 'Traceback', bytes: 40_000_000 });
    talk.chunk('on');
    end(talk);
    expect(talk.rows[1]).toBe(
      'notice The adapter printed a line of 40000000 bytes that is no message: Traceback',
    );
  });

  it('[C4] of lines that are no messages twenty are told', () => {
    const talk = Talk.running();
    for (let n = 0; n < 1_000; n += 1) talk.feed({ type: 'garbage', text: 'x', bytes: 1 });
    end(talk);
    expect(talk.rows).toHaveLength(21);
    expect(talk.rows.at(-1)).toMatch(/More of them are not shown\.$/);
  });

  it('[C6] a plan is one item that is replaced', () => {
    const talk = Talk.running();
    for (const status of ['pending', 'completed'])
      talk.update({
        sessionUpdate: 'plan',
        entries: [{ content: 'x', priority: 'high', status }, 'nonsense'],
      });
    end(talk);
    expect(talk.rows).toEqual(['user go', 'plan completed,pending']);
    expect(talk.live).toEqual(talk.rows);
  });

  it('[C14] what began first has its row first, as live readers have it', () => {
    const talk = Talk.running();
    talk.chunk('I say and');
    talk.update({ sessionUpdate: 'plan', entries: [{ content: 'a', priority: 'high', status: 'pending' }] });
    talk.feed({ type: 'garbage', text: 'x', bytes: 1 });
    talk.chunk('say on');
    talk.tool('t');
    end(talk);
    const kinds = talk.items.map(({ kind }) => kind);
    expect(kinds).toEqual(['user', 'agent', 'plan', 'notice', 'agent', 'tool']);
    expect(talk.live).toEqual(talk.rows);
  });

  it('[C6] notices and compaction are told as notices', () => {
    const talk = Talk.running();
    talk.update({ sessionUpdate: 'notice', severity: 'warning', title: 'Slow', description: 'Rate limit' });
    talk.update({ sessionUpdate: 'compaction_update', compactionId: 'c', status: 'in_progress' });
    talk.update({
      sessionUpdate: 'compaction_summary_chunk',
      compactionId: 'c',
      content: { type: 'text', text: ' Sum' },
    });
    talk.update({ sessionUpdate: 'compaction_update', compactionId: 'c', status: 'completed' });
    expect(talk.items).toMatchObject([
      {},
      { kind: 'notice', level: 'warning', text: 'Slow\n\nRate limit' },
      { kind: 'notice', text: expect.stringMatching(/ Sum$/), endedAt: talk.now },
    ]);
  });

  it('[C6] state is told as facts', () => {
    const talk = Talk.running();
    talk.update({ sessionUpdate: 'current_mode_update', currentModeId: 'plan' });
    talk.update({
      sessionUpdate: 'session_info_update',
      title: 'T',
      _meta: { promptSuggestions: ['Go', 3] },
    });
    talk.wait(1_000);
    expect(talk.facts).toMatchObject({ mode: 'plan', title: 'T', suggestions: ['Go'] });
  });

  it('[C16] what comes just behind the result belongs to the turn; later it is background work', () => {
    const talk = Talk.running();
    end(talk);
    talk.chunk('late');
    expect(talk.facts.background).toBeUndefined();
    talk.wait(3_000);
    talk.chunk('on my own', 'b');
    expect(talk.facts.background).toBe(true);
    talk.wait(11_000);
    expect(talk.facts.background).toBe(false);
    expect(talk.items.map(({ turnId }) => turnId)).toEqual(['t1', 't1', undefined]);
  });
});
