import { describe, expect, it } from 'vitest';
import { DurableSchema } from '../../../src/agent-room/core/types.ts';
import { running, type } from './driver-rig.ts';
import { E1, event, KEEPER, keeperMessages, sent } from './rig.ts';

describe('[P7] a run that begins', () => {
  it('gives the terminal its size, and is no part of the state', () => {
    const rig = running();
    const run = { by: 'person', terminal: { cols: 33, rows: 7, used: 2 } } as const;
    rig.batch(event(E1, 2, { type: 'program:status', status: 'starting', run }));
    expect(rig.room.durable).toMatchObject({
      terminal: { cols: 33, rows: 7 },
      program: { status: 'starting' },
    });
    expect(rig.room.durable?.program).not.toHaveProperty('run');
  });
});

describe('[P8] a keeper that answers what programs ask', () => {
  const stateOf = (rig: ReturnType<typeof running>) =>
    sent(rig.send('ada', 'agent:get_state', { agentId: 'a' }, 's'), 'ada', 'agent:state')[0];

  it('is told to pages; one of 0.1.0 too, whose driver has to answer; and neither before a keeper was here', () => {
    const rig = running();
    expect(stateOf(rig)?.keeperAnswers).toBe(false);
    rig.hello(KEEPER, { answers: true });
    expect(stateOf(rig)?.keeperAnswers).toBe(true);
    const { keeperAnswers: _, ...before } = rig.room.durable ?? {};
    expect(DurableSchema.parse(before).keeperAnswers).toBeNull();
  });

  it('learns of each input whether a person typed it', () => {
    const rig = running();
    const inputs = [
      ...keeperMessages(type(rig, 'grace'), 'program:input'),
      ...keeperMessages(type(rig, 'grace', { answer: true, data: '\x1b[I' }), 'program:input'),
    ];
    expect(inputs.map(({ answer }) => answer)).toEqual([undefined, true]);
  });

  it('gets the colours of the client that sizes the terminal', () => {
    const rig = running();
    const colors = {
      foreground: '#000000',
      background: '#ffffff',
      cursor: '#000000',
      palette: Array.from({ length: 16 }, () => '#123456'),
    };
    const effects = rig.send('grace', 'agent:resize', { agentId: 'a', cols: 80, rows: 24, colors }, 'z');
    expect(keeperMessages(effects, 'program:resize')).toMatchObject([{ cols: 80, rows: 24, colors }]);
  });
});
