import { env } from 'cloudflare:workers';
import type { TeamId } from '@muster/protocol';
import { describe, expect, it } from 'vitest';
import fc from '../../../test/harness/fast-check.ts';
import { listCommands, searchCommands } from '../../src/history/commands.ts';
import { folded } from '../../src/history/unspaced.ts';
import { historyIn } from '../../src/history/write.ts';
import { newTeam } from '../front.ts';
import { NOW, Steps } from './rig.ts';

const writer = historyIn(env.DB);
const ALL = { limit: 50 };

/** A team with a command for each of these outputs, called by its place. */
async function printed(...outputs: readonly string[]): Promise<TeamId> {
  const team = newTeam();
  const steps = new Steps(crypto.randomUUID());
  for (const [at, output] of outputs.entries()) steps.ran(`${at}`, 'run', 0, NOW + at, output);
  await writer.write(steps.batch(team));
  return team;
}

const found = async (team: TeamId, text: string, filter = {}) =>
  (await listCommands(env.DB, team, { text, ...filter }, ALL)).rows
    .map(({ commandId }) => commandId)
    .toReversed();
const search = async (team: TeamId, text: string, column?: 'command' | 'output') =>
  (await searchCommands(env.DB, team, { text, column }, ALL)).matches;
const marked = (snippet: readonly { text: string; match: boolean }[] | null) =>
  snippet?.filter(({ match }) => match).map(({ text }) => text);

describe('[A2] a part of a text without spaces', () => {
  it.each([
    ['Chinese', '发生错误了', '错误'],
    ['one character', '发生错误了', '错'],
    ['the last character', '发生错误了', '了'],
    ['Japanese', 'エラーが発生しました', '発生'],
    ['Katakana with its long sound', 'サーバーエラー', 'バー'],
    ['Korean', '오류가 발생했습니다', '류가'],
    ['Thai', 'เกิดข้อผิดพลาดในระบบ', 'ผิดพลาด'],
    ['Lao', 'ເກີດຂໍ້ຜິດພາດ', 'ຜິດພາດ'],
    ['Khmer', 'មានកំហុសកើតឡើង', 'កំហុស'],
    ['Burmese', 'အမှားတစ်ခုဖြစ်သည်', 'တစ်ခု'],
    ['Tibetan', 'ནོར་འཁྲུལ་བྱུང་', 'འཁྲུལ'],
    ['beyond the first plane', '𠮷野家𠀋𠀌', '家𠀋'],
    ['one beyond the first plane', '𠮷野家', '𠮷'],
    ['joined to Latin letters', 'ERROR错误ERROR', 'ror错'],
    ['with a digit', '第3章の失敗', '3章'],
    ['half-width kana', 'ｴﾗｰ ｶﾞｶﾞ', 'ガガ'],
    ['half-width typed', 'エラー ガガ', 'ｶﾞｶﾞ'],
    ['a voiced mark by itself', 'が\u304b\u3099が', 'がが'],
    ['Hangul in letters', '한글 오류'.normalize('NFD'), '글'],
    ['Hangul typed in letters', '한글 오류', '오류'.normalize('NFD')],
    ['split by an invisible character', 'ผิด\u200bพลาด', 'ผิดพลาด'],
    ['a variation selector', '葛\u{e0100}城', '葛城'],
    ['a circled and a squared form', '㌔と①番', 'キロ'],
  ])('is found: %s', async (_, text, typed) => {
    const team = await printed('nothing', `a ${text} b`);
    expect(await found(team, typed)).toEqual(['1']);
    const [match] = await search(team, typed);
    expect(marked(match?.output ?? null)?.join('')).not.toBe('');
    expect(match?.output?.map((piece) => piece.text).join('')).toBe(`a ${text} b`);
  });

  it.each([
    ['another order', '误错', '错误'],
    ['not joined', '错 误', '错误'],
    ['joined by a sign', '错，误', '错误'],
    ['pairs that stand apart', '错误 误了', '错误了'],
    ['pairs of two columns or runs', 'x错误。误了', '错误了'],
    ['another sound', 'か', 'が'],
    ['a Latin part', 'ERROR错误', 'RRO'],
    ['a Latin word that goes on', 'errors', 'error'],
  ])('is not found: %s', async (_, text, typed) => {
    expect(await found(await printed(text), typed)).toEqual([]);
  });

  it.each([
    ['ERROR 错误: 失败', ['error', '错误', '失败', 'ERROR 失', '错误: error', '误:', '"失败"']],
    ['ERROR错误a-b了', ['error', 'ERROR错误', 'a-b', '错 了']],
    ['ＥＲＲＯＲ ｃａｆé １２', ['error', 'ERROR', 'ＥＲＲＯＲ', 'cafe', '12']],
    ['plain error 12', ['ＥＲＲＯＲ', '１２']],
  ])('mixed with words: %s', async (text, questions) => {
    const team = await printed(text, 'else');
    for (const typed of questions) {
      expect([typed, await found(team, typed)]).toEqual([typed, ['0']]);
      expect([typed, marked((await search(team, typed))[0]?.output ?? null)?.length]).not.toEqual([typed, 0]);
    }
  });

  it('of line and output alike, in one of them where that is asked for, with filters', async () => {
    const team = newTeam();
    const steps = new Steps(crypto.randomUUID())
      .ran('line', 'echo 发生错误了', 0, NOW)
      .ran('output', 'make', 2, NOW + 1, '发生错误了')
      .asked('waits', 'echo 错误', NOW + 2);
    await writer.write(steps.batch(team));
    expect(await found(team, '错误')).toEqual(['line', 'output', 'waits']);
    expect(await found(team, '错误', { status: 'failed', exitCode: 2, memberId: 'ada' })).toEqual(['output']);
    expect(await found(team, '错误', { status: 'queued' })).toEqual(['waits']);
    expect(await found(team, '错误', { agentId: 'none' })).toEqual([]);
    expect((await search(team, '错误', 'command')).map(({ command }) => command.commandId)).toEqual([
      'waits',
      'line',
    ]);
    const [both] = await search(team, '错误', 'output');
    expect([both?.line, marked(both?.output ?? null)]).toEqual([null, ['错误']]);
    expect(await found(newTeam(), '错误')).toEqual([]);
  });

  it('of an edited line is found as it is now, and goes with its command', async () => {
    const team = newTeam();
    const steps = new Steps(crypto.randomUUID()).asked('a', 'echo 成功了');
    await writer.write(steps.batch(team));
    steps.step({
      commandId: 'a',
      from: 'queued',
      to: 'queued',
      cause: 'edited',
      at: NOW,
      command: 'echo 失败了',
    });
    await writer.write(steps.batch(team));
    expect([await found(team, '成功'), await found(team, '失败')]).toEqual([[], ['a']]);
    steps.started('a').ended('a', 0, NOW, '打印');
    await writer.write({ ...steps.batch(team), events: steps.events.slice(2) });
    expect([await found(team, '失败 打印'), await found(team, '失败', { status: 'completed' })]).toEqual([
      ['a'],
      ['a'],
    ]);
    await env.DB.prepare('DELETE FROM commands WHERE team = ?').bind(team).run();
    expect(await found(team, '失败')).toEqual([]);
  });

  it('in the middle of a long output is shown with what stands around it', async () => {
    const long = `${'很长的文字。'.repeat(4_000)}找得到ｶﾞ${'后面'.repeat(2_000)}`;
    const team = await printed(long);
    for (const typed of ['找得到', 'ガ']) {
      const [match] = await search(team, typed);
      expect(marked(match?.output ?? null)).toEqual([typed === 'ガ' ? 'ｶﾞ' : typed]);
      expect(match?.output?.map(({ text }) => text).join('').length).toBeLessThan(700);
    }
  });

  it('that grows beyond what a row holds is cut, and the command is there', async () => {
    const team = newTeam();
    const steps = new Steps(crypto.randomUUID());
    for (let nth = 0; nth < 4; nth += 1) steps.ran(`${nth}`, 'run', 0, NOW + nth, '㌔㌀﷽'.repeat(21_000));
    await writer.write(steps.batch(team));
    expect(await found(team, 'キロ')).toEqual(['0', '1', '2', '3']);
  });

  it('is what a plain search of the text finds, whatever stands there and is typed', async () => {
    const letters = [...'错误了发生がガｶﾞカ한글ผิ่ด𠮷𠀋aB3é', '\u3099', '\u0301', '\u200b'];
    const text = fc
      .array(fc.constantFrom(...letters, ' ', '，', '-'), { maxLength: 24 })
      .map((all) => all.join(''));
    const typed = fc
      .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 3 })
      .map((all) => all.join(''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 4, maxLength: 12 }),
        fc.array(typed, { minLength: 8, maxLength: 8 }),
        async (texts, questions) => {
          const team = await printed(...texts);
          for (const question of questions) {
            // A question that is none, or a plain word, is another test's.
            if (!/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}]/u.test(folded(question))) continue;
            if (!/[\p{L}\p{N}]/u.test(question)) continue;
            const wanted = texts.flatMap((one, at) =>
              folded(one).includes(folded(question)) ? [`${at}`] : [],
            );
            expect([question, texts, await found(team, question)]).toEqual([question, texts, wanted]);
            for (const { output } of await search(team, question))
              expect(marked(output)?.join('')).not.toBe('');
          }
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);
});
