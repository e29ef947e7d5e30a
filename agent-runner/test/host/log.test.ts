import { expect, test } from 'vitest';
import { Log } from '../../src/host/log.ts';

test('a log writes a line of JSON for each event of its level and above', () => {
  const lines: string[] = [];
  const log = new Log('warn', { pid: 1 }, (line) => lines.push(line)).child({ agentUid: 'a' });
  log.info({}, 'not said');
  log.warn({ wait: 5 }, 'said');
  log.error({ err: new TypeError('no') }, 'failed');
  log.error({ err: 'text' }, 'failed');
  const said = lines.map((line) => JSON.parse(line));
  expect(said).toMatchObject([
    { level: 40, pid: 1, agentUid: 'a', wait: 5, msg: 'said' },
    { level: 50, err: { type: 'TypeError', message: 'no', stack: expect.stringContaining('TypeError: no') } },
    { level: 50, err: { message: 'text' } },
  ]);
  expect(lines.every((line) => line.endsWith('}\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
});
