/**
 * A keeper in miniature, to be killed: starts one program of each kind, prints what it wrote down
 * about them as one line of JSON, and waits. Its arguments: a mark, a way of containment.
 */

import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { detectContainment } from '../../src/program/containment.ts';
import {
  type ProgramRecord,
  recordAfterStart,
  recordBeforeStart,
} from '../../src/program/orphaned-processes.ts';
import { programStarter } from '../../src/program/start.ts';

/** Processes that survive the death of their terminal and of their parent, in every way (P4). */
const SCRIPTS = {
  plain: 'echo on; exec sleep 1000',
  ignoring: 'trap "" HUP TERM; echo on; while :; do sleep 1; done',
  detached: 'setsid sleep 1000 & echo on; exec sleep 1000',
  orphaned: '(setsid sh -c "sleep 1000 & exec sleep 1000" &) ; sleep 1000 & echo on; exec sleep 1000',
  gone: '(trap "" HUP TERM; echo on; while :; do sleep 1; done) & wait',
};

const [mark = '', wanted] = process.argv.slice(2);
const mode = wanted === 'cgroup' ? detectContainment(randomUUID()) : 'process-table';
const start = programStarter({ mode });
const records: ProgramRecord[] = [];
for (const kind of ['terminal', 'process'] as const) {
  for (const [name, script] of Object.entries(SCRIPTS)) {
    const tag = randomUUID();
    const record = recordBeforeStart(tag);
    await new Promise<void>((resolve, reject) => {
      const output = () => {
        if (name === 'gone') process.kill(records.at(-1)?.leader?.pid ?? 0, 'SIGKILL');
        resolve();
      };
      start(
        {
          kind,
          program: { command: 'sh', args: ['-c', script] },
          directory: tmpdir(),
          environment: { PATH: process.env['PATH'] ?? '', MARK: mark },
          tag,
        },
        { output, exited: () => {} },
      ).then((program) => records.push(recordAfterStart(record, program.pid)), reject);
    });
  }
}
process.stdout.write(`${JSON.stringify(records)}\n`);
setInterval(() => {}, 1_000);
