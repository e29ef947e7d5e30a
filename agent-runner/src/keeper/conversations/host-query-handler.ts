import type { AgentSpec, HostAnswer, HostQuery, ToKeeperMessage } from '@muster/protocol';
import type { OwnerEnvironment } from '../../host/owner-environment.ts';
import { toLaunch } from '../launch.ts';
import { asWireError } from '../wire-error.ts';
import { WorkspaceFiles } from './workspace-files.ts';

type Asked = Extract<ToKeeperMessage, { type: 'host:query' }>['payload'];
type SessionsQuery = Extract<HostQuery, { type: 'sessions' }>;

export interface HostQueryPorts {
  readonly spec: () => AgentSpec;
  readonly roots: () => readonly string[];
  readonly owner: () => OwnerEnvironment;
  readonly now: () => number;
  readonly answer: (queryId: string, answer: HostAnswer) => void;
  readonly listSessions: (queryId: string, query: SessionsQuery) => void;
}

/** What members ask of the host while they wait (C11, C15). */
export class HostQueryHandler {
  readonly #ports: HostQueryPorts;
  readonly #files: WorkspaceFiles;

  constructor(ports: HostQueryPorts) {
    this.#ports = ports;
    this.#files = new WorkspaceFiles(ports.now);
  }

  handle({ queryId, query }: Asked): void {
    if (query.type === 'sessions') return this.#ports.listSessions(queryId, query);
    void this.#find(query.text).then((answer) => this.#ports.answer(queryId, answer));
  }

  async #find(text: string): Promise<HostAnswer> {
    const { spec, roots, owner } = this.#ports;
    try {
      const { directory, environment } = toLaunch({ ...spec(), kind: 'process' }, roots(), owner());
      return { type: 'files', files: await this.#files.find(directory, environment, text) };
    } catch (error) {
      return { type: 'refused', error: asWireError(error) };
    }
  }
}
