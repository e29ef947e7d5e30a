/**
 * Records what real programs print, for the corpus of battery 25: `node test/screen/corpus/record.ts`, where vim, top,
 * less and tmux are installed (apt-get install vim procps less tmux). Each is given keys, one after the other.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node-pty';

const KEY_MS = 150;
const START_MS = 600;
/** A recording is cut off here, bytes. */
const MOST_BYTES = 24_000;

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

const RECORDINGS: Readonly<Record<string, { readonly line: string; readonly keys: readonly string[] }>> = {
  vim: {
    line: 'vim -u NONE -N -c "set nocp hls ic is ruler sc nu so=2 | syntax on" tracker.ts',
    keys: [
      ...[
        '\x06',
        '\x06',
        '\x02',
        '/escape\r',
        'n',
        'n',
        ':vsplit ARCHITECTURE.md\r',
        '\x06',
        '\x17\x17',
        '10G',
      ],
      ...[
        'o漢字 e\u0301 ─┼─\x1b',
        'yy',
        '5p',
        'u',
        ':set list\r',
        'V5j',
        'd',
        'i\ttab\x1b',
        ':sp\r',
        '\x05\x05\x05',
      ],
      ...['\x19', ':set nowrap\r', ':!echo hello; tput smul; echo there\r', '\r', 'G', ':qa!\r'],
    ],
  },
  less: {
    line: 'less -R ARCHITECTURE.md',
    keys: [
      ' ',
      ' ',
      'b',
      '/keeper\r',
      'n',
      'N',
      '\x1b[B',
      '\x1b[B',
      '\x1b[A',
      '-S\r',
      '\x1b[C',
      '\x1b[D',
      'G',
      'g',
      'q',
    ],
  },
  top: {
    line: 'top -d 0.3 -p $$',
    keys: ['z', 'x', 'y', '1', 'c', 't', 't', 'm', 'V', 'h', 'q', 'f', 'q', 'E', 'q'],
  },
  tmux: {
    line: 'tmux -L muster-corpus kill-server 2> /dev/null; tmux -L muster-corpus -f tmux.conf new-session sh; tmux -L muster-corpus kill-server',
    keys: [
      ...['cat ARCHITECTURE.md\r', '\x02%', 'seq 200\r', '\x02"', 'ls -la --color=always; seq 30\r', '\x02o'],
      ...[
        'printf "\\033[31mred \\033[4:3mcurly\\033[m \\033(0lqk\\033(B\\n"\r',
        '\x02z',
        'less tracker.ts\r',
        ' ',
        ' ',
        'q',
      ],
      ...[
        '\x02z',
        '\x02[',
        '\x1b[A',
        '\x1b[A',
        'q',
        '\x02c',
        'seq 100\r',
        '\x02n',
        '\x02 ',
        '\x02:kill-server\r',
      ],
    ],
  },
  bash: {
    line: 'bash --norc --noprofile -i',
    keys: [
      ...[
        'seq 60\r',
        'cat tracker.ts\r',
        'ls -la --color=always\r',
        'echo 漢字かな交じり文 | tee /dev/null\r',
        'hist\x08\x08\x08\x08',
      ],
      ...[
        'for i in 1 2 3; do tput setaf $i; echo colour $i; done; tput sgr0\r',
        'a long line '.repeat(12),
        '\x01\x0b',
      ],
      ...[
        'printf "%s\\n" "$(seq -s , 200)"\r',
        'tput smcup; echo other; tput rmcup\r',
        'clear\r',
        'echo end\r',
        'exit\r',
      ],
    ],
  },
};

async function record(
  name: string,
  { line, keys }: { line: string; keys: readonly string[] },
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-corpus-'));
  copyFileSync(join(repository, 'ARCHITECTURE.md'), join(directory, 'ARCHITECTURE.md'));
  copyFileSync(join(repository, 'agent-runner/src/screen/vt-tracker.ts'), join(directory, 'tracker.ts'));
  writeFileSync(
    join(directory, 'tmux.conf'),
    'set -g status-right ""\nset -g default-command sh\nset -g default-terminal screen-256color\n',
  );
  const terminal = spawn('/bin/sh', ['-c', line], {
    name: 'xterm-256color',
    cols: 80,
    rows: 24,
    cwd: directory,
    encoding: null,
    env: { PATH: process.env['PATH'], HOME: directory, LANG: 'C.UTF-8', TERM: 'xterm-256color', PS1: '$ ' },
  });
  const parts: Buffer[] = [];
  terminal.onData((data) => parts.push(Buffer.from(data)));
  let ended = false;
  terminal.onExit(() => {
    ended = true;
  });
  await sleep(START_MS);
  for (const key of keys) {
    if (ended) break;
    terminal.write(key);
    await sleep(KEY_MS);
  }
  await sleep(START_MS);
  if (!ended) terminal.kill();
  const bytes = Buffer.concat(parts).subarray(0, MOST_BYTES);
  writeFileSync(join(here, `${name}.bin`), bytes);
  process.stdout.write(`${name}: ${bytes.length} bytes\n`);
  rmSync(directory, { recursive: true, force: true });
}

for (const [name, recording] of Object.entries(RECORDINGS)) await record(name, recording);
