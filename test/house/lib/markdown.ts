/** Without what is quoted as code: blocks and spans, whose lines stay as empty ones. */
export const proseOfMarkdown = (text: string): string =>
  text
    .replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replaceAll(/[^\n]/g, ''))
    .replaceAll(/`[^`\n]*(?:\n[^`\n]+)?`/g, (span) => span.replaceAll(/[^\n]/g, ''));

/** The anchors that a page's headings make, as GitHub does. */
export const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** The targets of links and pictures of a page that are no addresses. */
export const relativeLinksOf = (text: string): string[] =>
  [...proseOfMarkdown(text).matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
