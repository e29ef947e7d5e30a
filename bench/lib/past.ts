import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gramsOf } from '../../worker/src/history/grams.ts';
import { scopeOf } from '../../worker/src/history/scope.ts';
import { HISTORY } from '../../worker/src/history/types.ts';

/** In the span that is kept by default, ms. */
const SPAN = 29 * 24 * 3_600_000;
const ROWS_PER_TRANSACTION = 50_000;

const WORDS = (
  'npm run build test lint deploy git commit push pull docker compose up down cargo check make install vitest tsc ' +
  'node python pytest ls cat grep find curl echo sleep queue viewer stream socket lobby keeper error warning done'
).split(' ');

/** In scripts without spaces: one in five commands prints of these. */
const UNSPACED = (
  '发生错误了 构建完成 测试失败 正在部署服务 连接超时 文件不存在 エラーが発生しました 完了しました 오류가 발생했습니다 ' +
  'เกิดข้อผิดพลาดในระบบ 権限がありません 数据库连接已关闭 队列已满 重新启动主机'
).split(' ');
const UNSPACED_SHARE = 0.2;

/** Numbers below 1, the same each time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Local mode's D1 as a file: that of the databases under its state which has commands. */
function openHistory(data: string): DatabaseSync {
  const directory = join(data, 'state', 'd1');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.sqlite'))) {
    const database = new DatabaseSync(join(directory, file));
    const found = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'commands'").get();
    if (found !== undefined) return database;
    database.close();
  }
  throw new Error('there is no history in the data directory');
}

/** One of many commands: 50 agents, 20 people, one in ten fails, one in ten thousand is killed. */
function makeRow(random: () => number, nth: number, at: number, team: string) {
  const pick = (from: number) => Math.floor(random() * from);
  const words = (count: number) => Array.from({ length: count }, () => WORDS[pick(WORDS.length)]).join(' ');
  const [agentId, memberId] = [`agent-${pick(50)}`, `member-${pick(20)}`];
  const luck = random();
  const exitCode = luck < 0.0001 ? 137 : luck < 0.1 ? 1 : 0;
  const who = scopeOf({ team, agentId, memberId });
  const line = `${words(3)} file${pick(10_000)}`;
  const foreign = () =>
    Array.from(
      { length: 4 },
      () => `${UNSPACED[pick(UNSPACED.length)]}${String.fromCodePoint(0x4e00 + pick(2_000))}`,
    );
  const end = random() < UNSPACED_SHARE ? `\n${foreign().join('，')}` : '';
  const printed = `${words(12)} in ${pick(10_000)} ms\n${words(6)} ${nth.toString(36)}${end}`;
  const id = at * HISTORY.idsPerMs;
  return [
    id,
    team,
    `c${nth}`,
    agentId,
    exitCode === 0 ? 'completed' : 'failed',
    memberId,
    at,
    exitCode,
    who,
    line,
    printed,
    gramsOf(line, 'command'),
    gramsOf(printed, 'output'),
  ];
}

/** Fills the history of a Muster that is not running, each row through the table's own triggers, oldest first. */
export function fillHistory(data: string, team: string, rows: number): void {
  const database = openHistory(data);
  const insert = database.prepare(
    `INSERT INTO commands (id, team, command_id, agent_id, agent_uid, number, status, member_id, requested_at, exit_code,
       who, command, output, line_grams, output_grams) VALUES (?, ?, ?, ?, '', 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const random = randomFrom(1);
  const start = Date.now() - SPAN;
  for (let nth = 0; nth < rows; nth += 1) {
    if (nth % ROWS_PER_TRANSACTION === 0) database.exec(nth === 0 ? 'BEGIN' : 'COMMIT; BEGIN');
    insert.run(...makeRow(random, nth, start + Math.floor((nth * SPAN) / rows), team));
  }
  database.exec('COMMIT');
  database.close();
}
