/**
 * Who may import whom: the numbers are those of ARCHITECTURE.md. Each rule is proven to catch a planted
 * violation by test/house/rules.test.ts.
 */

const NPM = 'node_modules/(?!@muster/)';
const DOMAIN = '^dashboard/src/lib/(?!components/|shared/)[^/]+/';

/** A room or a lobby: the first group is which. */
const CORE = '^worker/src/([^/]+)/core/';
/** What a host's runner decides. */
const RUNNER_CORE = '^agent-runner/src/(runner|acp)/core/';
/** Types the objects share, named limits, what a rate is, what is due first, what makes a request the same, how an audit entry is worded: nothing that acts. */
const BORDERS = [
  '^worker/src/(rpc|auth/claims|socket/(limits|bucket|deadlines|idempotency|connection-limits|token-message)|audit/entry)\\.ts$',
];
const PURE = [CORE, RUNNER_CORE, '^client/src/(sync|channel|connection|requests|stream|team|transport)/'];
const SHELLS = '^worker/src/(agent-room/room|team-lobby/lobby)\\.ts$';

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    forbid(
      '1-protocol-imports-zod-only',
      'What is said on the wire depends on nothing but its schemas.',
      { path: '^protocol/src/' },
      { pathNot: ['^protocol/src/', '^node_modules/zod/'] },
    ),
    forbid(
      '2-client-imports-protocol-only',
      'The client runs in browsers, in Workers and on Node.',
      { path: '^client/src/' },
      { pathNot: ['^client/src/', '^protocol/src/'] },
    ),
    forbid(
      '2-packages-meet-on-the-wire',
      'worker, agent-runner and dashboard share the protocol, never code.',
      { path: '^(worker|agent-runner|dashboard)/src/' },
      { path: '^(worker|agent-runner|dashboard)/', pathNot: '^$1/' },
    ),
    forbid(
      '2-only-the-door-is-a-client',
      'Rooms and lobby know no client; the door runs its sync core, without its socket.',
      { path: '^worker/src/' },
      { path: '^client/src/', pathNot: '^client/src/sync/' },
    ),
    forbid(
      '2-only-the-door-syncs',
      'Rooms and lobby know no client.',
      { path: '^worker/src/', pathNot: '^worker/src/gateway/' },
      { path: '^client/src/' },
    ),
    forbid(
      '2-runner-shares-the-connection-only',
      'The runner and its keepers speak their own half of the protocol; how a socket comes back is the same for all.',
      { path: '^agent-runner/src/' },
      { path: '^client/src/', pathNot: '^client/src/connection/' },
    ),
    forbid(
      '3-core-is-alone',
      'A core decides: it imports the protocol and its own siblings.',
      { path: CORE },
      { pathNot: ['^protocol/src/', '^worker/src/$1/core/', ...BORDERS, '^node_modules/zod/'] },
    ),
    forbid(
      '3-runner-core-is-alone',
      'What a host decides knows no file, no process and no socket.',
      { path: RUNNER_CORE },
      { pathNot: ['^protocol/src/', RUNNER_CORE, '^node_modules/zod/'] },
    ),
    forbid(
      '3-core-is-pure',
      'Time, ids and input arrive as arguments, so that the simulator can run it.',
      { path: PURE },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      '4-store-sees-no-socket',
      'A store keeps; who is connected is not its business.',
      { path: ['^worker/src/[^/]+/(store|storage)/', '^worker/src/history/'] },
      { path: ['^worker/src/(socket|http|gateway|auth)/', SHELLS] },
    ),
    forbid(
      '5-only-the-shell-opens-the-store',
      'Core, store and sockets meet in one place.',
      { path: '^worker/src/', pathNot: [SHELLS, '^worker/src/[^/]+/(store|storage)/'] },
      { path: '^worker/src/[^/]+/(store|storage)/' },
    ),
    forbid(
      '5-socket-knows-no-room',
      'What both objects share about sockets knows neither.',
      { path: '^worker/src/socket/' },
      { path: '^worker/src/(agent-room|team-lobby)/' },
    ),
    forbid(
      '6-routes-go-through-bindings',
      'A route asks an object; it holds no rule of a room or a lobby.',
      { path: '^worker/src/(http|gateway)/' },
      { path: '^worker/src/(agent-room|team-lobby)/' },
    ),
    forbid(
      '7-program-spool-and-link-meet-in-the-keeper',
      'Each can be tested, and replaced, alone.',
      { path: '^agent-runner/src/(program|spool|link)/' },
      {
        path: '^agent-runner/src/(program|spool|link|keeper|runner)/',
        pathNot: '^agent-runner/src/$1/',
      },
    ),
    forbid(
      '7-screen-reads-the-spool-only',
      'What a terminal shows follows from its stream; who prints and who watches is the keeper’s business.',
      { path: '^agent-runner/src/screen/' },
      { path: '^agent-runner/src/', pathNot: '^agent-runner/src/(screen|spool)/' },
    ),
    forbid(
      '7-emulator-is-loaded-where-needed',
      'A keeper without a terminal must not pay for xterm.js (F11).',
      {
        path: '^agent-runner/src/',
        pathNot: '^agent-runner/src/screen/(emulator|observed-state|grapheme-addon)\\.ts$',
      },
      { path: 'node_modules/@xterm/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      '7-emulator-is-imported-late',
      'Only a dynamic import loads it when it is first needed (F11).',
      { path: '^agent-runner/src/(?!screen/emulator\\.ts)' },
      {
        path: '^agent-runner/src/screen/emulator\\.ts$',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    ),
    forbid(
      '8-shared-components-know-no-domain',
      'shared → domain → views.',
      { path: '^dashboard/src/lib/(components/shared|shared)/' },
      { path: ['^dashboard/src/lib/components/(?!shared/)', DOMAIN, '^dashboard/src/routes/'] },
    ),
    forbid(
      '8-domains-know-no-view',
      'shared → domain → views.',
      { path: '^dashboard/src/lib/components/(?!views/)' },
      { path: ['^dashboard/src/lib/components/views/', '^dashboard/src/routes/'] },
    ),
    forbid(
      '8-logic-knows-no-component',
      'Reducers and controllers render nothing.',
      { path: DOMAIN },
      { path: ['^dashboard/src/lib/components/', '^dashboard/src/routes/'] },
    ),
    forbid('8-no-cycles', 'What imports itself cannot be understood in parts.', {}, { circular: true }),
    forbid(
      'resolvable',
      'A typo, or a package that is not declared.',
      { path: '/src/' },
      {
        couldNotResolve: true,
        pathNot: ['^cloudflare:', '^\\$app/', '^\\$service-worker$', '^\\$env/', '^\\./\\$types'],
      },
    ),
    forbid(
      'declared',
      'Each package declares what it needs to run.',
      { path: '^(protocol|client|worker|agent-runner)/src/' },
      {
        path: NPM,
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules/(?!@muster/)' },
    exclude: { path: '(^|/)(dist|build|\\.svelte-kit|coverage)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    // Only its `resolve` is read: SvelteKit's alias.
    webpackConfig: { fileName: new URL('scripts/lib/resolve.mjs', import.meta.url).pathname },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'workerd', 'import', 'types', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.svelte', '.d.ts', '.svelte.ts'],
    },
  },
};
