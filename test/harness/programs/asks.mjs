// Asks its terminal whatever stands in a file, one after the other, each time the file `go` has another number; says in
// `heard.N` what it heard to each, after how many ms, and what came that it had not asked for. Then asks all at once.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [directory = ''] = process.argv.slice(2);
/** @type {string[]} */
const questions = JSON.parse(readFileSync(join(directory, 'questions.json'), 'utf8'));
/** ms without a byte after which an answer is whole, and after which all of them are. */
const SILENCE = 40;
const LONG_SILENCE = 500;
const MOST = 2_000;

let heard = '';
let heardAt = 0;
process.stdin.setRawMode(true);
process.stdin.on('data', (data) => {
  if (heard === '') heardAt = performance.now();
  heard += data.toString('latin1');
});
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function ask(text, silence = SILENCE) {
  const before = heard;
  heard = '';
  const asked = performance.now();
  process.stdout.write(text);
  for (let length = -1; performance.now() - asked < MOST; length = heard.length) {
    await pause(silence);
    if (heard.length > 0 && heard.length === length) break;
  }
  const told = { before, answer: heard, ms: Math.round(heardAt - asked) };
  heard = '';
  return told;
}

for (let round = 1; ; round += 1) {
  while (!existsSync(join(directory, `go.${round}`))) await pause(20);
  const each = [];
  for (const question of questions) each.push(await ask(question));
  const all = await ask(questions.join(''), LONG_SILENCE);
  writeFileSync(join(directory, 'told'), JSON.stringify({ each, all }));
  renameSync(join(directory, 'told'), join(directory, `heard.${round}`));
}
