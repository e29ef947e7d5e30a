import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentSpec, CommandIdSchema } from '@muster/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestHost } from '../support/host.ts';

/** No four bytes of it stand in anything else that a keeper writes. */
const TOKEN = 'qZ-Vexillum-Jumbo-Xylophone-Wyvern';
const STARS = '*'.repeat(TOKEN.length);
const LICENCE = 'pässwörd of the licence';
const ENVIRONMENT = { A_TOKEN: TOKEN, LICENCE };
/** Prints a secret whole, as base64, cut after its third byte, and as a terminal shows it. */
const LINES = [
  'echo "1 $A_TOKEN."',
  'printf "2 user:%s" "$A_TOKEN" | base64 -w 0',
  'printf "\\n3 "; printf %.3s "$A_TOKEN"; echo "$A_TOKEN" | cut -c 4-',
  'echo "4 $LICENCE." >&2',
  'printf "5 %s" "$A_TOKEN"',
];

let host: TestHost;
beforeEach(async () => {
  host = await TestHost.make();
  await host.run();
});
afterEach(() => host.end());

/** Places an agent and resolves to its room when its program has ended. */
async function printed(kind: 'process' | 'terminal', line: string, over: Partial<AgentSpec> = {}) {
  const placement = host.shell(kind, line, { environment: ENVIRONMENT, secrets: ['LICENCE'], ...over });
  const { agentUid } = placement.spec;
  expect((await host.server.place(placement)).error).toBeUndefined();
  await host.server.status(agentUid, 'stopped', 2);
  const { spool } = host.data.agent(agentUid);
  const disk = Buffer.concat(readdirSync(spool).map((name) => readFileSync(join(spool, name))));
  return { text: host.server.room(agentUid).text.replaceAll('\r', ''), disk: disk.toString('latin1') };
}

test.each(['process', 'terminal'] as const)(
  '[X7] battery 17: a real program in a %s: neither room nor disk has a secret, nor four bytes of one',
  async (kind) => {
    const { text, disk } = await printed(kind, LINES.join('; '));
    expect(text).toContain(`1 ${STARS}.\n`);
    expect(text).toMatch(/^MiB1c2VyO.\*+[^*]{0,4}$/m);
    expect(text).toMatch(/^3 (qZ-)?\*{31,34}$/m);
    expect(text).toContain(`4 ${'*'.repeat(LICENCE.length)}.\n`);
    expect(text).toContain(`5 ${STARS}`);
    for (let at = 0; at + 4 <= TOKEN.length; at += 1) {
      expect(text).not.toContain(TOKEN.slice(at, at + 4));
      expect(disk).not.toContain(TOKEN.slice(at, at + 4));
    }
  },
);

test('[X7] an agent with redaction off prints what it prints', async () => {
  const { text } = await printed('process', LINES[0] ?? '', { redaction: false });
  expect(text).toBe(`1 ${TOKEN}.\n`);
});

test('[X7] the beginning of a secret is shown when nothing follows, and its rest masked when it does', async () => {
  const line = 'printf %.9s "$A_TOKEN"; read go; echo "$A_TOKEN" | cut -c 10-; read go';
  const placement = host.shell('process', line, { environment: ENVIRONMENT });
  const { agentUid } = placement.spec;
  await host.server.place(placement);
  const room = host.server.room(agentUid);
  await host.server.until(() => room.text.length === 9, 'what waited 50 ms');
  expect(room.text).toBe(TOKEN.slice(0, 9));
  host.server.send(agentUid, { type: 'program:input', payload: { data: '\n', encoding: 'utf8' } });
  await host.server.until(() => room.text.endsWith('\n'), 'the rest');
  expect(room.text).toBe(`${TOKEN.slice(0, 9)}${STARS.slice(9)}\n`);
});

test('[X7] what a command was given with its order is masked in what it prints', async () => {
  const placement = host.placement({ kind: 'process', autostart: false, environment: ENVIRONMENT });
  const { agentUid } = placement.spec;
  await host.server.place(placement);
  const room = host.server.room(agentUid);
  const epoch = await host.server.until(() => room.model.current?.epoch, 'its first frame');
  const commandId = CommandIdSchema.parse('a.1');
  const payload = {
    epoch,
    commandId,
    command: 'echo "$A_TOKEN and $MY_PASSWORD"; echo "$MY_PASSWORD" >&2',
    interactive: false,
    environment: { MY_PASSWORD: 'of this one alone' },
  };
  host.server.send(agentUid, { type: 'command:start', payload });
  const ended = await host.server.until(
    () => room.events.find((event) => event.type === 'command:ended'),
    'the end of the command',
  );
  expect(room.text).toContain(`${STARS} and *****************\n`);
  expect(room.text.replace(/[*\n]| and /g, '')).toBe('');
  expect(ended).toMatchObject({ exitCode: 0, bytes: { stdout: 57, stderr: 18 } });
});
