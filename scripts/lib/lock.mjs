import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { dim, print } from './console.mjs';
import { ROOT } from './repo.mjs';

/** In the checkout: among everybody's temporary files any account could hold it, and nothing would ever start. */
const PATH = join(ROOT, '.set-up.lock');
const POLL_MS = 200;

function take() {
  try {
    writeFileSync(PATH, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function holder() {
  try {
    return Number(readFileSync(PATH, 'utf8'));
  } catch {
    return 0;
  }
}

/** Runs `work` while no other process sets this checkout up; a lock whose owner died is taken over. */
export async function alone(work) {
  for (let told = false; !take(); await wait(POLL_MS)) {
    const pid = holder();
    if (pid > 0 && !alive(pid)) rmSync(PATH, { force: true });
    else if (!told && pid > 0) {
      told = true;
      print(dim(`waiting for another set-up of this checkout (process ${pid})`));
    }
  }
  const giveBack = () => rmSync(PATH, { force: true });
  process.once('exit', giveBack);
  try {
    return await work();
  } finally {
    giveBack();
    process.off('exit', giveBack);
  }
}
