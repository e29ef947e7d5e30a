/** Of the agent-runner; told to lobby and room. */
export const RUNNER_VERSION = '0.2.0';
