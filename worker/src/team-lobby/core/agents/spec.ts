import {
  type AgentCreate,
  type AgentId,
  AgentIdSchema,
  type AgentLimit,
  type AgentPolicy,
  type AgentSpec,
  AgentUidSchema,
  err,
  LIMITS,
  ok,
  type Program,
  type Result,
  secretsOfSpec,
  slugOf,
  type TerminalSize,
  type WireError,
  wireError,
} from '@muster/protocol';
import { LOBBY } from '../limits.ts';
import { agentsOn, jsonBytes } from '../state.ts';
import type { HostRow, Lobby } from '../types.ts';
import { programOfAdapter, withAdapterEnvironment } from './adapter-program.ts';
import { chooseHost } from './choose-host.ts';
import { needsOf } from './host-needs.ts';
import { presetNames, programOfModel } from './presets.ts';

/** The size of a terminal without viewers so far. */
const FIRST_SIZE: TerminalSize = { cols: 80, rows: 24 };

const refuse = (code: WireError['code'], field: string, rule: string) =>
  err(wireError(code, rule, { field }));

/** From what a person asked for to what a host can run; every refusal names its field. */
export function buildSpec(
  lobby: Lobby,
  wanted: AgentCreate,
  uid: string,
  limits: readonly AgentLimit[] = [],
  policy?: AgentPolicy,
): Result<AgentSpec, WireError> {
  const agentId = freeIdOf(lobby, wanted);
  if (!agentId.ok) return agentId;
  const program = programOf(wanted);
  if (!program.ok) return program;
  const terminal = terminalOf(wanted);
  if (!terminal.ok) return terminal;
  const runs = {
    ...terminal.value,
    environment: wanted.environment ?? {},
    ...(program.value === null ? {} : { program: program.value }),
  };
  const host = chooseHost(lobby, wanted, needsOf(runs), limits);
  if (!host.ok) return host;
  const workspace = wanted.workspace ?? host.value.facts?.defaultWorkspace;
  if (workspace === undefined)
    return refuse('INVALID_MESSAGE', 'workspace', 'This host has no default directory; choose one');
  const spec = {
    agentUid: AgentUidSchema.parse(uid),
    agentId: agentId.value,
    name: wanted.name,
    hostId: host.value.hostId,
    workspace,
    restart: wanted.restart ?? (runs.kind === 'acp' ? 'on-failure' : 'never'),
    autostart: wanted.autostart ?? true,
    labels: wanted.labels ?? {},
    ...runs,
    ...optionsOf(wanted),
    ...(policy === undefined ? {} : { policy }),
  };
  return withinLimits(lobby, host.value, withAdapterEnvironment(spec));
}

function freeIdOf(lobby: Lobby, wanted: AgentCreate): Result<AgentId, WireError> {
  const field = wanted.agentId === undefined ? 'name' : 'agentId';
  const agentId = AgentIdSchema.safeParse(wanted.agentId ?? slugOf(wanted.name));
  if (!agentId.success)
    return refuse('INVALID_MESSAGE', field, 'The name of an agent needs a letter or a digit');
  if (lobby.names.has(agentId.data))
    return refuse('AGENT_EXISTS', field, `There is already an agent called ${agentId.data}`);
  return ok(agentId.data);
}

/** What stays absent where it was not said. */
const optionsOf = (wanted: AgentCreate) => ({
  ...(wanted.concurrency === undefined ? {} : { concurrency: wanted.concurrency }),
  ...(wanted.resourceLimits === undefined ? {} : { resourceLimits: wanted.resourceLimits }),
  ...(wanted.recording === undefined ? {} : { recording: wanted.recording }),
  ...(wanted.secrets === undefined ? {} : secretsOfSpec(wanted.secrets)),
  ...(wanted.shell === undefined ? {} : { shell: wanted.shell }),
  ...(wanted.redaction === undefined ? {} : { redaction: wanted.redaction }),
});

/** A given program wins over a preset; an unknown preset is refused all the same. */
function programOf({ kind, program, model }: AgentCreate): Result<Program | null, WireError> {
  if (kind === 'acp') return programOfAdapter({ program, model });
  if (model === undefined) return ok(program ?? null);
  const preset = programOfModel(model);
  if (preset !== null) return ok(program ?? preset);
  return refuse(
    'INVALID_MESSAGE',
    'model',
    `The model ${JSON.stringify(model)} is none of ${presetNames.join(', ')}`,
  );
}

function terminalOf({
  kind,
  terminal,
}: AgentCreate): Result<Pick<AgentSpec, 'kind' | 'terminal'>, WireError> {
  const chosen = kind ?? (terminal === false ? 'process' : 'terminal');
  if (chosen !== 'terminal') {
    return terminal === undefined || terminal === false
      ? ok({ kind: chosen })
      : refuse('INVALID_MESSAGE', 'terminal', `An agent of the kind ${chosen} has no terminal`);
  }
  if (terminal === false)
    return refuse('INVALID_MESSAGE', 'terminal', 'An agent of the kind terminal needs a terminal');
  return ok({ kind: chosen, terminal: terminal ?? FIRST_SIZE });
}

/** Bytes of an agent's entry in `agent:list`. */
const entryBytes = ({ name, agentId, labels }: AgentSpec) =>
  jsonBytes([name, agentId, labels]) + LOBBY.entryBytes;

/**
 * S13: what must fit one message does so for as long as the agent lives, because it is refused here
 * otherwise. `replaced` is the spec whose place it takes.
 */
export function withinLimits(
  lobby: Lobby,
  host: HostRow,
  spec: AgentSpec,
  replaced: AgentSpec | null = null,
): Result<AgentSpec, WireError> {
  if (Object.keys(spec.environment).length > LIMITS.environmentEntries)
    return refuse(
      'INVALID_MESSAGE',
      'environment',
      `With those of its adapter an agent has at most ${LIMITS.environmentEntries} variables`,
    );
  const weight = jsonBytes(spec);
  if (weight > LOBBY.specBytes)
    return refuse(
      'INVALID_MESSAGE',
      'environment',
      `The program and environment of an agent have at most ${LOBBY.specBytes} bytes`,
    );
  const others = [...lobby.agents.values()].map((row) => row.spec).filter((other) => other !== replaced);
  const sum = (specs: AgentSpec[], of: (spec: AgentSpec) => number) =>
    specs.reduce((total, one) => total + of(one), 0);
  if (others.length >= LIMITS.agentsPerTeam || sum(others, entryBytes) + entryBytes(spec) > LOBBY.listBytes)
    return refuse(
      'AGENT_LIMIT_EXCEEDED',
      'name',
      'The team has as many agents as its list may hold; delete one first',
    );
  const here = agentsOn(lobby, host.hostId)
    .map((row) => row.spec)
    .filter((other) => other !== replaced);
  if (sum(here, jsonBytes) + weight > LOBBY.welcomeBytes)
    return refuse(
      'AGENT_LIMIT_EXCEEDED',
      'environment',
      'The agents of this host have too much environment together; make it smaller',
    );
  return ok(spec);
}
