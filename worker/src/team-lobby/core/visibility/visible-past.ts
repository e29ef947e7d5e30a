/** X5: the agents whose past somebody may see. */
export interface VisiblePast {
  /** Whoever bears or bore one of these names. */
  readonly names: readonly string[];
  /** Of other names these alone: who bore one before may not have been his to see. */
  readonly agents: readonly { readonly agentId: string; readonly agentUid: string }[];
}
