import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { print, Refusal } from './console.mjs';
import { onPath } from './node.mjs';
import { ROOT } from './repo.mjs';

/** Programs the end-to-end tests run in terminals, with the Debian package each comes in. */
const TERMINAL_TOOLS = {
  vim: 'vim',
  less: 'less',
  top: 'procps',
  tmux: 'tmux',
  fzf: 'fzf',
  python3: 'python3',
};
const PYTHON_MODULES = { prompt_toolkit: 'python3-prompt-toolkit' };
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** The browser Playwright downloaded, where somebody had it do so. */
function playwrightsOwn() {
  const { chromium } = createRequire(join(ROOT, 'package.json'))('playwright-core');
  const path = chromium.executablePath();
  return path && existsSync(path) ? path : null;
}

const findBrowser = () => process.env.MUSTER_CHROMIUM ?? BROWSERS.flatMap(onPath)[0] ?? playwrightsOwn();

/** Debian's packages, where this process may install them. */
function aptInstall(packages) {
  if (process.getuid?.() !== 0 || onPath('apt-get').length === 0) return;
  print(`Installing ${packages.join(', ')} (apt-get)`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { stdio: ['ignore', 2, 2], env: environment };
  spawnSync('apt-get', ['update', '-qq'], options);
  spawnSync('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...packages], options);
}

/** Whether the first python3 on PATH, which the tests run too, can import it. */
const hasModule = (name) => spawnSync('python3', ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0;

function missingPackages() {
  const tools = Object.keys(TERMINAL_TOOLS).filter((name) => onPath(name).length === 0);
  const modules = Object.keys(PYTHON_MODULES).filter((name) => !hasModule(name));
  const packages = [
    ...tools.map((name) => TERMINAL_TOOLS[name]),
    ...modules.map((name) => PYTHON_MODULES[name]),
  ];
  return findBrowser() === null ? ['chromium', ...packages] : packages;
}

/** A distribution may have a stub by that name that only says where to find the real one. */
function checkBrowser(path) {
  try {
    return execFileSync(path, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    throw new Refusal(`${path} does not run; set MUSTER_CHROMIUM to a Chromium that does`);
  }
}

/**
 * Installs the programs that the end-to-end tests need, where that is allowed. Returns the browser.
 * @throws Refusal that names what to install
 */
export function ensureTools() {
  const missing = missingPackages();
  if (missing.length > 0) aptInstall(missing);
  const still = missingPackages();
  if (still.length > 0) {
    throw new Refusal(
      `The end-to-end tests need ${still.join(', ')}: install them (Debian: sudo apt-get install ${still.join(' ')}), ` +
        'or for Chromium alone: npx playwright-core install chromium.',
    );
  }
  const path = findBrowser();
  return { path, version: checkBrowser(path) };
}
