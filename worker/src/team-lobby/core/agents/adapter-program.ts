import {
  ADAPTERS,
  type AgentCreate,
  type AgentSpec,
  adapterOf,
  adapterOfProgram,
  err,
  ok,
  type Program,
  type Result,
  type WireError,
  wireError,
} from '@muster/protocol';

/** The names that `model` may have for an agent of the kind `acp`. */
const adapterNames = ADAPTERS.map(({ name }) => name).join(', ');

/** C4: what starts a conversation of an agent of the kind `acp`: a known adapter's command, or any that speaks ACP. */
export function programOfAdapter({
  program,
  model,
}: Pick<AgentCreate, 'program' | 'model'>): Result<Program, WireError> {
  if (model === undefined && program === undefined) return err(NO_ADAPTER);
  const adapter = model === undefined ? null : adapterOf(model);
  if (model !== undefined && adapter === null) return err(unknownAdapter(model));
  const chosen = program ?? adapter?.program;
  return chosen === undefined ? err(NO_ADAPTER) : ok(chosen);
}

const NO_ADAPTER = wireError(
  'INVALID_MESSAGE',
  `Name a coding agent as the model (${adapterNames}), or a program that speaks ACP`,
  { field: 'model' },
);

const unknownAdapter = (model: string) =>
  wireError(
    'INVALID_MESSAGE',
    `The coding agent ${JSON.stringify(model)} is none of ${adapterNames}; for another one, name its program`,
    { field: 'model' },
  );

/** C4: with what its adapter needs in its environment; the agent's own variables win. */
export function withAdapterEnvironment(spec: AgentSpec): AgentSpec {
  if (spec.kind !== 'acp' || spec.program === undefined) return spec;
  const adapter = adapterOfProgram(spec.program);
  return adapter === null ? spec : { ...spec, environment: { ...adapter.environment, ...spec.environment } };
}
