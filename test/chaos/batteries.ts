import { serverKilled } from './batteries/01-server-killed.ts';
import { keeperLink } from './batteries/02-keeper-link.ts';
import { framesMeddled } from './batteries/03-frames-meddled.ts';
import { hibernation } from './batteries/04-hibernation.ts';
import { runnerKilled } from './batteries/05-runner-killed.ts';
import { keeperKilled } from './batteries/06-keeper-killed.ts';
import { shortPrograms } from './batteries/07-short-programs.ts';
import { neverReads } from './batteries/08-never-reads.ts';
import { crowds } from './batteries/09-crowds.ts';
import { malformedFrames } from './batteries/10-malformed.ts';
import { commandStarts } from './batteries/13-command-starts.ts';
import { fullDisk } from './batteries/19-full-disk.ts';
import { manySockets } from './batteries/20-many-sockets.ts';
import { powerLoss } from './batteries/23-power-loss.ts';
import { oneWriter } from './batteries/24-one-writer.ts';
import { snapshots } from './batteries/25-snapshots.ts';
import { runs } from './batteries/26-runs.ts';
import { questions } from './batteries/27-questions.ts';
import type { Battery } from './lib/battery.ts';

export const BATTERIES: readonly Battery[] = [
  serverKilled,
  keeperLink,
  framesMeddled,
  hibernation,
  runnerKilled,
  keeperKilled,
  shortPrograms,
  neverReads,
  crowds,
  malformedFrames,
  commandStarts,
  fullDisk,
  manySockets,
  powerLoss,
  oneWriter,
  snapshots,
  runs,
  questions,
];
