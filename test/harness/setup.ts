import { afterEach } from 'vitest';
import { printJournals } from './page-journal.ts';

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await printJournals();
});
