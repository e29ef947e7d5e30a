import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Muster, startMuster } from '../../harness/muster.ts';
import { TAG } from '../../harness/survivors.ts';
import { openClient } from '../../harness/viewer.ts';
import { call, RestConversation } from './conversation.ts';

/** Where the packages of this folder put their commands. */
const BIN = join(import.meta.dirname, '..', 'node_modules', '.bin');

export interface RealAgentOptions {
  /** The agent's name here. */
  readonly name: string;
  /** One of the commands of the packages of this folder. */
  readonly command: string;
  readonly args?: readonly string[];
  /** `home`: a directory of its own, in the place of the user's. */
  readonly environment: (home: string) => Readonly<Record<string, string>>;
  /** Files below its home, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A real coding agent of a Muster of its own, in a home of its own. Use with `await using`, or dispose of it. */
export class RealAgent implements AsyncDisposable {
  readonly muster: Muster;
  readonly workspace: string;
  readonly #name: string;
  readonly #home: string;

  private constructor(muster: Muster, name: string, home: string) {
    this.muster = muster;
    this.#name = name;
    this.#home = home;
    this.workspace = join(muster.directory, 'work');
    mkdirSync(this.workspace);
  }

  static async start(options: RealAgentOptions): Promise<RealAgent> {
    const { name, command, args = [], files = {} } = options;
    const home = mkdtempSync(join(tmpdir(), `muster-${name}-`));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    const muster = await startMuster();
    const agent = new RealAgent(muster, name, home);
    await call(muster, 'POST', '/api/agents', {
      name,
      kind: 'acp',
      program: { command: join(BIN, command), args },
      workspace: agent.workspace,
      environment: {
        [TAG]: muster.tag,
        PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
        HOME: home,
        NO_BROWSER: '1',
        // What it asks of the outside fails at once; the model is on this machine.
        HTTP_PROXY: 'http://127.0.0.1:9',
        HTTPS_PROXY: 'http://127.0.0.1:9',
        NO_PROXY: '127.0.0.1',
        ...options.environment(home),
      },
    });
    return agent;
  }

  begin(options: { readonly resume?: string } = {}): Promise<RestConversation> {
    return RestConversation.begin(this.muster, this.#name, options);
  }

  /** A file of the workspace; `content`: written first. */
  file(name: string, content?: string): string {
    const path = join(this.workspace, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  }

  /** C17: as a member chooses a mode, or an option. */
  async configure(talk: RestConversation, configId: string, value: string): Promise<void> {
    const { conversationId } = await talk.state();
    const client = openClient(this.muster);
    try {
      await client.request('conversation:configure', { conversationId, configId, value });
    } finally {
      client.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.muster[Symbol.asyncDispose]();
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }
}
