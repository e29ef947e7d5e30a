import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What a program prints in colours of its own is not the page's to judge. */
const PROGRAMS_OWN = '.xterm';

/** Serious and critical findings of axe on this page as it is now (WCAG 2.2 A and AA), one line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (own) => {
    const run = Reflect.get(window, 'axe').run;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const { violations } = await run({ exclude: [own] }, { runOnly: { type: 'tag', values: tags } });
    return violations
      .filter(({ impact }: { impact: string }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 200)} (${node.failureSummary.split('\n')[1]})`),
      );
  }, PROGRAMS_OWN);
}
