import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** Colours in a terminal are the program's own. */
const CONTRAST_EXCLUDED = '.xterm';

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

/** The findings of axe on this page that are serious or worse, as `rule: element`; none is the goal. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Through the debugger, which a page's CSP does not bind.
  await page.evaluate(axe.source);
  const findings = await page.evaluate(async (excluded): Promise<Finding[]> => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const told = ({ violations }: AxeResults): Finding[] =>
      violations.map(({ id, impact, nodes }) => ({
        id,
        impact: String(impact),
        nodes: nodes.map(({ html }) => html),
      }));
    const all = await axe.run(document, {
      resultTypes: ['violations'],
      rules: { 'color-contrast': { enabled: false } },
    });
    const outside = { include: [['body']], exclude: [[excluded]] };
    const contrast = await axe.run(outside, { resultTypes: ['violations'], runOnly: ['color-contrast'] });
    return [...told(all), ...told(contrast)];
  }, CONTRAST_EXCLUDED);
  return findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((html) => `${id}: ${html.slice(0, 160)}`));
}
