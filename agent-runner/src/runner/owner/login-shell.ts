import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';

/** A login shell that takes longer, or says more, tells nothing; ms and bytes. */
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1024 * 1024;
/** These refuse `-c` beside `-l`. */
const WITHOUT_LOGIN = new Set(['csh', 'tcsh']);
const SHELL_UMASK = '022';

export interface Login {
  readonly variables: Readonly<Record<string, string>>;
  readonly umask: number;
}

/**
 * P6: the environment that a login shell ends up with, or null when it fails, hangs or prints nothing that can be read.
 * Start-up files may print as they like and wait for input: the answer stands between marks, and there is no input.
 */
export function readLogin(
  shell: string,
  environment: Readonly<Record<string, string>>,
  timeoutMs = TIMEOUT_MS,
): Promise<Login | null> {
  const mark = randomUUID();
  const report = `echo ${mark}; umask; env -0; echo ${mark}`;
  const flags = WITHOUT_LOGIN.has(basename(shell)) ? ['-c'] : ['-l', '-c'];
  return new Promise((resolve) => {
    // /bin/sh sets the umask that a login begins with; that of this process may be stricter.
    const child = spawn('/bin/sh', ['-c', `umask ${SHELL_UMASK}; exec "$0" "$@"`, shell, ...flags, report], {
      env: { ...environment, MUSTER_READING_ENVIRONMENT: '1' },
      cwd: environment['HOME'] ?? '/',
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (login: Login | null) => {
      clearTimeout(timer);
      child.stdout.destroy();
      // Processes that its start-up files left in the background would hold the pipe open.
      if (child.pid !== undefined) killGroup(child.pid);
      resolve(login);
    };
    const timer = setTimeout(() => finish(null), timeoutMs);
    child.on('error', () => finish(null));
    child.stdout.on('data', (data: Buffer) => {
      chunks.push(data);
      length += data.length;
      const text = length > MAX_BYTES ? '' : Buffer.concat(chunks).toString();
      const parts = text.split(`${mark}\n`);
      if (length > MAX_BYTES || parts.length > 2) finish(parse(parts[1] ?? ''));
    });
    child.on('close', () => finish(null));
  });
}

function parse(text: string): Login | null {
  const end = text.indexOf('\n');
  const umask = text.slice(0, end);
  if (end < 0 || !/^[0-7]{3,4}$/.test(umask)) return null;
  const entries = text
    .slice(end + 1)
    .split('\0')
    .map((entry) => entry.split(/=(.*)/s))
    .flatMap(([name, value]) => (name && value !== undefined ? [[name, value] as const] : []));
  return { variables: Object.fromEntries(entries), umask: Number.parseInt(umask, 8) };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
