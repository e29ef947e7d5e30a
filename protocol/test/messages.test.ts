import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import fc from '../../test/harness/fast-check.ts';
import {
  AgentCreateSchema,
  decodeKeeper,
  decodeRunner,
  decodeServer,
  decodeToKeeper,
  decodeToRunner,
  decodeViewer,
  KEEPER_MESSAGES,
  LIMITS,
  RUNNER_MESSAGES,
  SERVER_MESSAGES,
  StreamEventSchema,
  secretsOfSpec,
  TO_KEEPER_MESSAGES,
  TO_RUNNER_MESSAGES,
  VIEWER_MESSAGES,
  VIEWER_SCHEMAS,
} from '../src/index.ts';
import { unbounded } from './bounds.ts';
import {
  EVENT_SAMPLES,
  KEEPER_SAMPLES,
  RUNNER_SAMPLES,
  SERVER_SAMPLES,
  TO_KEEPER_SAMPLES,
  TO_RUNNER_SAMPLES,
  VIEWER_SAMPLES,
} from './samples.ts';

const SPEAKERS = [
  { who: 'viewer', schemas: VIEWER_SCHEMAS, samples: VIEWER_SAMPLES, decode: decodeViewer },
  { who: 'server', schemas: SERVER_MESSAGES, samples: SERVER_SAMPLES, decode: decodeServer },
  { who: 'keeper', schemas: KEEPER_MESSAGES, samples: KEEPER_SAMPLES, decode: decodeKeeper },
  { who: 'room to keeper', schemas: TO_KEEPER_MESSAGES, samples: TO_KEEPER_SAMPLES, decode: decodeToKeeper },
  { who: 'runner', schemas: RUNNER_MESSAGES, samples: RUNNER_SAMPLES, decode: decodeRunner },
  { who: 'lobby to runner', schemas: TO_RUNNER_MESSAGES, samples: TO_RUNNER_SAMPLES, decode: decodeToRunner },
];

/** F16: they pass unread, and are parsed where they are used. */
const LATE = ['conversations', 'state', 'item', 'request', 'resolution', 'requests'];

const junk = fc.jsonValue({ maxDepth: 2 });

describe.each(SPEAKERS)('messages of $who', ({ schemas, samples, decode }) => {
  const cases = Object.entries(samples);
  const payloads: Record<string, z.ZodType> = schemas;

  it.each(cases)('%s: a full payload comes through unchanged', (type, payload) => {
    expect(decode(JSON.stringify({ type, payload }))).toEqual({
      ok: true,
      value: { message: { type, payload } },
    });
  });

  it.each(cases)('%s: unknown fields are dropped', (type, payload) => {
    const text = JSON.stringify({ type, payload: { ...payload, fromTheFuture: 1 }, alsoNew: true });
    expect(decode(text)).toEqual({ ok: true, value: { message: { type, payload } } });
  });

  it.each(cases)('%s: a field of another kind is refused, and named', (type, payload) => {
    for (const field of Object.keys(payload)) {
      const text = JSON.stringify({ type, id: 'i', payload: { ...payload, [field]: { not: ['this'] } } });
      const decoded = decode(text);
      // Free records take anything.
      if (['clientInfo', 'result', 'details', 'labels', 'environment', 'resourceLimits'].includes(field))
        continue;
      // A form's values are as free as those.
      if (type === 'elicitation:respond' && field === 'content') continue;
      if (field === 'cursors' || LATE.includes(field)) continue;
      expect(decoded).toMatchObject({
        ok: false,
        error: { type, id: 'i', error: { code: 'INVALID_MESSAGE' } },
      });
      if (!decoded.ok) expect(String(decoded.error.error.details?.['field']).split('.')[0]).toBe(field);
    }
  });

  it('whatever the payload, decoding answers and does not throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cases.map(([type]) => type)), junk, (type, payload) => {
        const decoded = decode(JSON.stringify({ type, payload }));
        if (!decoded.ok) expect(decoded.error.error.code).toBe('INVALID_MESSAGE');
      }),
    );
  });

  it.each(cases.map(([type]) => type))('[L] %s: every string, array and record has a maximum', (type) => {
    const schema = payloads[type];
    expect(schema === undefined ? ['no schema'] : unbounded(schema)).toEqual([]);
  });
});

describe('stream events', () => {
  it.each(EVENT_SAMPLES)('%j comes through unchanged', (event) => {
    expect(StreamEventSchema.parse(event)).toEqual(event);
  });
  it('[L] every string, array and record has a maximum', () => {
    expect(unbounded(StreamEventSchema)).toEqual([]);
  });
});

describe('roles', () => {
  it('[X5] every viewer message has its least role in the one table, and only those that let in need none', () => {
    expect(Object.keys(VIEWER_MESSAGES).sort()).toEqual(Object.keys(VIEWER_SCHEMAS).sort());
    const anyone = Object.entries(VIEWER_MESSAGES).filter(([, { least }]) => least === 'anyone');
    expect(anyone.map(([type]) => type).sort()).toEqual(
      ['auth', 'auth:refresh', 'dashboard:connect', 'heartbeat', 'ping'].sort(),
    );
  });
});

describe('limits', () => {
  it('[L] every viewer message names what counts it; none is an attempt or a poll', () => {
    const counted = Object.groupBy(Object.entries(VIEWER_MESSAGES), ([, { bucket }]) => bucket);
    expect(Object.keys(counted).sort()).toEqual(['act', 'command', 'message', 'none', 'resize']);
    expect(counted.none?.map(([type]) => type)).toEqual(['flow:ack']);
    expect(counted.command?.map(([type]) => type).sort()).toEqual([
      'agent:command',
      'command:request',
      'command:retry',
    ]);
  });
});

describe('agent:create', () => {
  const create = (over: object) => AgentCreateSchema.safeParse({ name: 'ok', ...over });
  const long = (n: number) => 'x'.repeat(n);

  it.each([
    ['name', '', 'a'.repeat(101), '../x', '__proto__', ' x', 'a/b', 'a\n', 'é'],
    ['agentId', '', 'A', '-a', 'a-', 'a_b', '__proto__', '../x', long(101)],
    ['workspace', '', 'a\0b', 'a\u001bb', long(LIMITS.pathChars + 1)],
    ['hostId', 'x', ''],
    ['restart', 'sometimes'],
  ])('[P1] refuses bad values of %s', (field, ...values) => {
    for (const value of values) {
      const result = create({ [field]: value });
      expect([value, result.success]).toEqual([value, false]);
      expect(result.error?.issues[0]?.path[0]).toBe(field);
    }
  });

  it('[P1] refuses control characters and NUL on their way to a program', () => {
    for (const bad of ['\0', '\u0007', '\u001b', '\r', '\u007f']) {
      expect(create({ program: { command: `a${bad}` } }).success).toBe(false);
      expect(create({ program: { command: 'a', args: [`a${bad}`] } }).success).toBe(false);
    }
    expect(create({ program: { command: 'a', args: ['tab\t', 'line\n'] } }).success).toBe(true);
    expect(create({ environment: { A: 'a\0' } }).success).toBe(false);
  });

  it('[P9] reads CRLF as LF, and says what is wrong with a carriage return by itself', () => {
    const made = create({ program: { command: 'a', args: ['one\r\ntwo\r\n'] } });
    expect(made.data?.program?.args).toEqual(['one\ntwo\n']);
    const asked = VIEWER_SCHEMAS['command:request'].parse({
      agentId: 'a',
      command: '#!x\r\nif :\r\nthen :\r\nfi\r\n',
    });
    expect(asked.command).toBe('#!x\nif :\nthen :\nfi\n');
    const lone = VIEWER_SCHEMAS['command:request'].safeParse({ agentId: 'a', command: 'a\rb' });
    expect(lone.error?.issues[0]?.message).toContain('carriage return');
  });

  it('[P9] takes an absolute path as the shell of an agent', () => {
    expect(create({ shell: '/bin/bash' }).data?.shell).toBe('/bin/bash');
    for (const shell of ['', 'bash', './sh', '/bin/a\nb\0', long(LIMITS.pathChars + 1)])
      expect([shell, create({ shell }).success]).toEqual([shell, false]);
  });

  it('[X21] takes secrets as names, or with false for those that are none; a spec keeps two lists', () => {
    expect(secretsOfSpec(create({ secrets: ['A'] }).data?.secrets ?? [])).toEqual({
      secrets: ['A'],
      notSecrets: [],
    });
    const mixed = create({ secrets: { A: true, PRIMARY_KEY: false } }).data?.secrets ?? [];
    expect(secretsOfSpec(mixed)).toEqual({ secrets: ['A'], notSecrets: ['PRIMARY_KEY'] });
    for (const secrets of [{ A: 'yes' }, ['A-B'], 'A']) expect(create({ secrets }).success).toBe(false);
  });

  it('[P6] refuses names that are no variables, and drops `__proto__`', () => {
    expect(create({ environment: JSON.parse('{"__proto__":"x"}') }).data?.environment).toEqual({});
    for (const name of ['', '1A', 'A-B', 'A=B', long(200)]) {
      const environment: unknown = JSON.parse(`{${JSON.stringify(name)}: "x"}`);
      expect([name, create({ environment }).success]).toEqual([name, false]);
    }
    expect(create({ environment: { _A1: 'x' } }).success).toBe(true);
  });

  it('[L] takes no more than the largest terminal, nor less than one cell', () => {
    for (const cols of [0, -1, 1.5, LIMITS.terminalCells + 1, Number.NaN])
      expect(create({ terminal: { cols, rows: 1 } }).success).toBe(false);
    expect(create({ terminal: { cols: LIMITS.terminalCells, rows: 1 } }).success).toBe(true);
    expect(create({ terminal: false }).success).toBe(true);
  });
});
