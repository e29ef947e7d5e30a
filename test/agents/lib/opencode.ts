import { installAgents } from '../../../scripts/lib/real-agents.mjs';
import { until } from '../../harness/until.ts';
import { startChatModel } from './chat-model.ts';
import { RealAgent } from './real-agent.ts';
import type { ScriptedModel } from './scripted-model.ts';

const GONE_MS = 60_000;

const configOf = ({ url }: ScriptedModel) => ({
  provider: {
    scripted: {
      npm: '@ai-sdk/openai-compatible',
      options: { baseURL: `${url}/v1`, apiKey: 'none' },
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

/** OpenCode in a Muster of its own, with a model of its own. Dispose of it. */
export class OpenCode implements AsyncDisposable {
  readonly agent: RealAgent;
  readonly model: ScriptedModel;
  /** Where it keeps its sessions. */
  readonly data: string;

  private constructor(agent: RealAgent, model: ScriptedModel, data: string) {
    this.agent = agent;
    this.model = model;
    this.data = data;
  }

  /** Installs it where it is not there. */
  static async start(): Promise<OpenCode> {
    await installAgents('opencode');
    const model = await startChatModel();
    let data = '';
    const agent = await RealAgent.start({
      name: 'opencode',
      command: 'opencode',
      args: ['acp'],
      files: { '.config/opencode/opencode.json': JSON.stringify(configOf(model)) },
      environment: (home) => {
        data = `${home}/.data`;
        return {
          XDG_CONFIG_HOME: `${home}/.config`,
          XDG_CACHE_HOME: `${home}/.cache`,
          XDG_STATE_HOME: `${home}/.state`,
          XDG_DATA_HOME: data,
          OPENCODE_DISABLE_AUTOUPDATE: '1',
          OPENCODE_DISABLE_MODELS_FETCH: '1',
          OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
          OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
        };
      },
    });
    return new OpenCode(agent, model, data);
  }

  /** The processes of it whose command line has these words. */
  pids(words: string): number[] {
    return this.agent.muster.survivors.filter(({ command }) => command.includes(words)).map(({ pid }) => pid);
  }

  /** As a crash on the host: the keeper is gone at once; resolves when nothing is left of its adapters. */
  async killKeeper(): Promise<void> {
    const [keeper] = this.pids(' keeper ');
    if (keeper === undefined) throw new Error('the agent has no keeper');
    process.kill(keeper, 'SIGKILL');
    await until('the adapters are gone', GONE_MS, () => this.pids('opencode').length === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent[Symbol.asyncDispose]();
    await this.model[Symbol.asyncDispose]();
  }
}
