import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { PAGES } from '../../../agent-runner/test/screen/corpus/pages.ts';
import { findNode } from '../../../scripts/lib/node.mjs';
import { PROJECT } from '../../harness/muster.ts';
import type { Battery, Trials } from '../lib/battery.ts';

const CORPUS = join(PROJECT, 'agent-runner', 'test', 'screen', 'corpus');
const RECORDINGS = readdirSync(CORPUS).filter((name) => name.endsWith('.bin'));
const ENTRIES = RECORDINGS.length + Object.keys(PAGES).length;

const AssertionSchema = z.object({ status: z.string(), fullName: z.string() });
const ReportSchema = z.object({
  testResults: z.array(z.object({ assertionResults: z.array(AssertionSchema) })),
});

/** The emulator's own test of its corpus; with time enough at every byte of plain text too. */
async function run({ thorough, tally }: Trials): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-report-'));
  const report = join(directory, 'report.json');
  const vitest = join(PROJECT, 'node_modules', 'vitest', 'vitest.mjs');
  const what = ['run', '--root', 'agent-runner', 'test/screen/cuts.test.ts', '-t', 'battery 25'];
  const args = [vitest, ...what, '--reporter=json', `--outputFile=${report}`];
  const env = { ...process.env, ...(thorough ? { MUSTER_TEXT_CUTS: '1' } : {}) };
  // Its exit code says no more than the report.
  await promisify(execFile)(findNode(), args, { cwd: PROJECT, env }).catch(() => undefined);
  const { testResults } = ReportSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
  rmSync(directory, { recursive: true });
  for (const { status, fullName } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    if (status === 'passed' || status === 'failed') tally.trial(status === 'passed' ? null : fullName);
  }
  tally.note(
    `${RECORDINGS.length} recordings cut at ${thorough ? 'every byte' : 'every sequence and every 8th letter'}`,
  );
}

/** A snapshot at every byte of a corpus, and the rest: every cell as of the terminal that saw it all. */
export const snapshots: Battery = {
  id: 25,
  verdict: 'pages equal',
  target: ENTRIES,
  minimum: ENTRIES,
  cost: { fixed: 20, each: 0 },
  run,
};
