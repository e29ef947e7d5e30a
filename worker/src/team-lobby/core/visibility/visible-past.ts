/** X5: the agents whose history a member may see. */
export interface VisiblePast {
  /** Every agent that has or had one of these names. */
  readonly names: readonly string[];
  /** Exactly these agents under other names: an earlier agent of the same name may have been hidden. */
  readonly agents: readonly { readonly agentId: string; readonly agentUid: string }[];
}
