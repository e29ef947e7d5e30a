import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A port of this machine that nothing listens on: what an agent asks of the internet fails at once. */
const NOWHERE = 'http://127.0.0.1:9';

const configOf = (modelUrl: string) => ({
  provider: {
    scripted: {
      npm: '@ai-sdk/openai-compatible',
      options: { baseURL: modelUrl, apiKey: 'none' },
      models: {
        m1: { name: 'M1', reasoning: true, limit: { context: 100_000, output: 4_000 }, cost: PRICE },
      },
    },
  },
  model: 'scripted/m1',
  small_model: 'scripted/m1',
  permission: { bash: 'ask', edit: 'ask' },
  share: 'disabled',
  autoupdate: false,
});
/** USD for a million tokens. */
const PRICE = { input: 3, output: 15 };

/** An OpenCode of its own at `home`, whose one model is the scripted one. Resolves to its environment. */
export function openCodeHome(home: string, modelUrl: string): Record<string, string> {
  const config = join(home, '.config');
  mkdirSync(join(config, 'opencode'), { recursive: true });
  writeFileSync(join(config, 'opencode', 'opencode.json'), JSON.stringify(configOf(modelUrl)));
  return {
    HOME: home,
    XDG_CONFIG_HOME: config,
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    ...offline(),
  };
}

/** Nothing but this machine can be reached by a program that keeps to the usual variables. */
export const offline = (): Record<string, string> => ({
  HTTP_PROXY: NOWHERE,
  HTTPS_PROXY: NOWHERE,
  http_proxy: NOWHERE,
  https_proxy: NOWHERE,
  NO_PROXY: '127.0.0.1,localhost',
  no_proxy: '127.0.0.1,localhost',
});
