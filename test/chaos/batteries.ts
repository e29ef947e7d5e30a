import { serverKilled } from './batteries/01-server-killed.ts';
import { shortPrograms } from './batteries/07-short-programs.ts';
import type { Battery } from './lib/battery.ts';

export const BATTERIES: readonly Battery[] = [serverKilled, shortPrograms];
