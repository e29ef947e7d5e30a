import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../../migrations');
const files = readdirSync(FOLDER).sort();
const sqlOf = (file: string) => readFileSync(join(FOLDER, file), 'utf8');
/** The last of 0.1.0. */
const OLD = '0004_agents.sql';
const ROWS = 2_000;

/** A database of 0.1.0 with commands in it. */
function database(): DatabaseSync {
  const sql = new DatabaseSync(':memory:');
  for (const file of files.filter((name) => name <= OLD)) sql.exec(sqlOf(file));
  const insert = sql.prepare(
    `INSERT INTO commands (id, team, command_id, agent_id, agent_uid, number, status, requested_at, who, command, output)
     VALUES (?, 't', ?, 'one', '', 1, 'completed', 1, 't74 a6f', 'make', 'printed 错误')`,
  );
  for (let id = 1; id <= ROWS; id += 1) insert.run(id, `c${id}`);
  return sql;
}

const found = (sql: DatabaseSync, question: string) =>
  sql.prepare('SELECT rowid FROM command_text WHERE command_text MATCH ?').all(question).length;
const changes = (sql: DatabaseSync) => Number(sql.prepare('SELECT total_changes() AS n').get()?.['n']);

describe('[A2] a database of 0.1.0', () => {
  it('is migrated without writing one of its commands, and its index goes on', () => {
    const sql = database();
    for (const file of files.filter((name) => name > OLD)) {
      const before = changes(sql);
      sql.exec(`BEGIN; ${sqlOf(file)}; COMMIT`);
      expect([file, changes(sql) - before < 100]).toEqual([file, true]);
    }
    expect(found(sql, 'scope : ("t74" AND "scompleted") AND {output} : "printed"')).toBe(ROWS);
    sql.exec("UPDATE commands SET line_grams = 'gx', output_grams = 'hy' WHERE id = 1");
    sql.exec("UPDATE commands SET status = 'failed', exit_code = -1 WHERE id = 1");
    expect(found(sql, 'scope : ("sfailed" AND "xn1" AND "gx" AND "hy")')).toBe(1);
    sql.exec('DELETE FROM commands WHERE id < 3');
    expect([found(sql, '"gx"'), found(sql, '"printed"')]).toEqual([0, ROWS - 2]);
    sql.exec("INSERT INTO command_text (command_text) VALUES ('integrity-check')");
    sql.close();
  });

  it('has no trigger that is new and longer than one line', () => {
    for (const file of files.filter((name) => name > OLD))
      for (const [trigger] of sqlOf(file).matchAll(/CREATE TRIGGER[\s\S]*?END;/g))
        expect(trigger).not.toContain('\n');
  });
});
