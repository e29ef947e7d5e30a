import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { command } from './lib/command.mjs';
import { ROOT } from './lib/repo.mjs';
import { ensureTools } from './lib/tools.mjs';
import { MAKE_ICONS } from './lib/usages.mjs';

const STATIC = join(ROOT, 'dashboard', 'static');
const favicon = readFileSync(join(STATIC, 'favicon.svg'), 'utf8');
const GROUND = '#171a14';

/** `edge`: whether the ground fills the square, since the system cuts the shape; `scale`: of the mark within it. */
const ICONS = [
  { name: 'icon-192', size: 192, edge: false, scale: 1 },
  { name: 'icon-512', size: 512, edge: false, scale: 1 },
  { name: 'maskable-192', size: 192, edge: true, scale: 0.8 },
  { name: 'maskable-512', size: 512, edge: true, scale: 0.8 },
  { name: 'apple-touch-180', size: 180, edge: true, scale: 0.9 },
  { name: 'badge-96', size: 96, edge: false, scale: 1, plain: true },
];

/** A badge is its shape only: the system colours it. */
const drawn = ({ plain }) =>
  plain ? favicon.replace(/<rect width="32"[^>]*>/, '').replaceAll(/fill="#\w+"/g, 'fill="#fff"') : favicon;

await command(MAKE_ICONS, { build: false }, async () => {
  const browser = await chromium.launch({
    executablePath: process.env['MUSTER_CHROMIUM'] ?? ensureTools().path,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    for (const icon of ICONS) {
      const { name, size, edge, scale } = icon;
      const page = await browser.newPage({ viewport: { width: size, height: size } });
      const mark = `<div style="width:${size * scale}px;height:${size * scale}px">${drawn(icon)}</div>`;
      const ground = edge ? GROUND : 'transparent';
      await page.setContent(
        `<body style="margin:0;height:100vh;display:grid;place-items:center;background:${ground}">${mark}</body>`,
      );
      writeFileSync(
        join(STATIC, 'icons', `${name}.png`),
        await page.screenshot({ omitBackground: true, type: 'png' }),
      );
      await page.close();
    }
  } finally {
    await browser.close();
  }
  return 0;
});
