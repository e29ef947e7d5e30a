/**
 * The targets of a build. Paths are relative to the project. `inputs` are files or directories whose content decides
 * whether a target is stale; `outputs` must exist for it to be fresh; `steps` are run with the project's Node.
 */
const SHARED = ['package-lock.json', 'tsconfig.base.json', 'protocol/src', 'scripts/lib/targets.mjs'];
const WORKERD = ['scripts/bundle/module.mjs', 'scripts/bundle/options.mjs'];

export const TARGETS = [
  {
    name: 'worker',
    inputs: [
      ...SHARED,
      ...WORKERD,
      'client/src',
      'worker/src',
      'migrations',
      'wrangler.toml',
      'scripts/bundle/worker.mjs',
    ],
    outputs: ['worker/dist/index.js', 'worker/dist/options.json'],
    steps: [['scripts/bundle/worker.mjs']],
  },
  {
    name: 'agent-runner',
    inputs: [
      ...SHARED,
      'client/src/connection',
      'agent-runner/src',
      'agent-runner/package.json',
      'agent-runner/build.ts',
    ],
    outputs: ['agent-runner/dist/cli.js'],
    steps: [['agent-runner/build.ts']],
  },
  {
    name: 'dashboard',
    inputs: [
      ...SHARED,
      ...WORKERD,
      'client/src',
      'dashboard/src',
      'dashboard/static',
      'dashboard/_headers',
      'dashboard/package.json',
      'dashboard/svelte.config.js',
      'dashboard/vite.config.ts',
      'dashboard/wrangler.toml',
      'scripts/bundle/dashboard.mjs',
      'scripts/bundle/page.mjs',
    ],
    outputs: ['dashboard/dist/index.js', 'dashboard/dist/options.json', 'dashboard/dist/page/files.json'],
    steps: [['scripts/bundle/dashboard.mjs']],
  },
];
