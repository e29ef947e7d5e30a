import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Changes with every boot of this machine (S1). */
export function readBootId(): string {
  if (process.platform === 'linux') return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim();
}
