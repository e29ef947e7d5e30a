/** The commands of this project and their flags: what checks them, and what `--help` says. */

const HIGHEST_PORT = 65_535;
const SEED = { value: 'N', least: 0, text: 'the same run again' };

export const START = {
  name: 'npm start --',
  does: 'Muster: a live control room for agents on your machines.',
  flags: {
    port: {
      ...{ value: 'N', least: 0, most: HIGHEST_PORT },
      text: 'port to listen on (default: that of the last run, else the first free from 8700; 0: any)',
    },
    host: {
      value: 'ADDRESS',
      text: 'address to listen on (default: 127.0.0.1); beyond this machine only with --insecure-http',
    },
    'insecure-http': {
      text: 'others on the network may read every sign-in and take it over;\nput a proxy with TLS in front instead',
    },
    data: { value: 'DIR', text: 'where everything is kept (default: .muster)' },
    root: {
      ...{ value: 'DIR', repeated: true },
      text: 'a directory agents may work in; may be repeated (default: your home and this directory)',
    },
    env: {
      ...{ value: 'NAME', repeated: true },
      text: 'a variable of yours that agents get too, or NAME=value for what is no secret; may be repeated',
    },
    'no-runner': { text: 'do not run agents on this machine' },
    'keep-agents': { text: 'leave the agents running when Muster is stopped' },
    json: { text: 'one line of JSON on stdout when ready: url, loginUrl, token, team, host' },
    issuers: {
      value: 'FILE',
      text: 'who else signs members in: JSON as in docs/sign-in.md; it may hold secrets, so keep it to yourself',
    },
    verbose: { text: 'show what the server and the runner log' },
    inspect: {
      ...{ value: 'PORT', least: 0, most: HIGHEST_PORT },
      text: 'let a debugger of JavaScript look into the server, on 127.0.0.1: whoever can connect to that port,\nanother account or a page of another site, has the server and its keys',
    },
  },
};
export const LINK = {
  name: 'npm run link --',
  does: 'Prints a fresh sign-in link for the Muster that runs.',
  flags: { data: { value: 'DIR', text: 'its data directory (default: .muster)' } },
};
export const BUILD = { name: 'npm run build --', does: 'Builds what is stale.', flags: {} };
export const DEV = {
  name: 'npm run dev --',
  does: 'The API on wrangler dev, the dashboard on Vite: changes show at once.',
  flags: {},
};
export const TEST = {
  name: 'npm test --',
  does: 'Everything: types, lint, import rules, unused code, tests, end to end in Chromium, five minutes of chaos.',
  flags: { fast: { text: 'without the end-to-end tests and chaos, as npm run check' } },
};
export const TEST_AGENTS = {
  name: 'npm run test:agents --',
  does: 'Real coding agents, which it installs in test/agents (1.3 GB), with a scripted model on this machine.',
  flags: {},
};
export const MAKE_ICONS = {
  name: 'npm run icons --',
  does: 'Draws the PNG icons of the installable page from the favicon; commit what it writes.',
  flags: {},
};
export const COVERAGE_OF_CORES = {
  name: 'npm run coverage --',
  does: 'Which lines of the cores their tests and the simulation go through.',
  flags: {},
};
export const TYPES = { name: 'npm run types --', does: 'Checks the types of every package.', flags: {} };
export const SIMULATE = {
  name: 'npm run simulate --',
  does: 'The real cores on a simulated network, clock and disk.',
  flags: {
    shells: { text: 'with Durable Objects as they ship, on a simulated platform' },
    seed: SEED,
    seeds: { value: 'N', least: 1, text: 'how many lives (default: 1,000; with --seed 1)' },
    steps: { value: 'N', least: 1, text: 'how long each is (default: 1,000)' },
  },
};
export const CHAOS = {
  name: 'npm run chaos --',
  does: 'Faults on the real thing: processes killed, links broken, disks filled.',
  flags: {
    only: { value: 'N,N', text: 'these batteries' },
    seed: SEED,
    minutes: { value: 'M', least: 1, text: 'as much as fits into so many minutes' },
    count: { value: 'N', least: 1, text: 'trials of each battery' },
  },
};
export const BENCH = {
  name: 'npm run bench --',
  does: 'Speed beside its peers.',
  flags: {
    only: { value: 'F1,F3', repeated: true, text: 'these rows' },
    rounds: { value: 'N', least: 1, text: 'how often each is measured (default: 3)' },
  },
};
