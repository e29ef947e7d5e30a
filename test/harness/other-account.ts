import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';

/** nobody. */
const UID = 65_534;
/** Only root can become another user. */
export const CAN_BE_ANOTHER = process.platform === 'linux' && process.geteuid?.() === 0;

/** A script as another account of this machine, with what it prints as JSON at its end. */
export class OtherAccount implements AsyncDisposable {
  readonly #child: ChildProcess;
  #stdout = '';

  /** `script` is of an async function; it may use `require`, and `ended`, which is true once it is asked for its word. */
  constructor(script: string) {
    const whole = `
      process.setgroups([]); process.setgid(${UID}); process.setuid(${UID}); process.chdir('/');
      let ended = false; process.stdin.on('end', () => { ended = true; }).resume();
      process.stdout.write('\\n');
      (async () => { ${script} })().then((found) => { process.stdout.write(JSON.stringify(found)); process.exit(0); });`;
    this.#child = spawn(process.execPath, ['--input-type=commonjs', '-e', whole], {
      stdio: ['pipe', 'pipe', 2],
    });
    this.#child.stdout?.on('data', (text: Buffer) => {
      this.#stdout += text.toString();
    });
  }

  /** Resolves when it is that account. */
  async started(): Promise<this> {
    if (this.#child.stdout !== null && this.#stdout === '') await once(this.#child.stdout, 'data');
    return this;
  }

  /** What it found. */
  async found<T>(schema: z.ZodType<T>): Promise<T> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, 'close');
    return schema.parse(JSON.parse(this.#stdout));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

const SeenSchema = z.object({ commands: z.array(z.string()), environments: z.array(z.string()) });

/** Another account that looks at all processes, over and over, until it is asked what it saw. */
export class Watcher extends OtherAccount {
  constructor() {
    super(`
      const { readdirSync, readFileSync } = require('node:fs');
      const commands = new Set(), environments = new Set();
      const read = (path) => { try { return readFileSync(path, 'latin1'); } catch { return ''; } };
      while (!ended) {
        for (const pid of readdirSync('/proc')) {
          if (!/^\\d+$/.test(pid) || Number(pid) === process.pid) continue;
          commands.add(read('/proc/' + pid + '/cmdline'));
          environments.add(read('/proc/' + pid + '/environ'));
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { commands: [...commands], environments: [...environments] };`);
  }

  /** All that stood in command lines and environments that it could read. */
  async saw(): Promise<string> {
    const { commands, environments } = await this.found(SeenSchema);
    return [...commands, ...environments].join('\n').replaceAll('\0', ' ');
  }
}
