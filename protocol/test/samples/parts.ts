/** Parts of the samples of several speakers. */

export const uuid = '00000000-0000-4000-8000-000000000001';
export const epoch = '00000000000000e1';
export const position = { epoch, sequence: 7 };
export const size = { cols: 80, rows: 24 };
export const program = { command: 'bash', args: ['-l'] };
export const error = {
  code: 'AGENT_OFFLINE',
  number: 2005,
  message: 'm',
  recoverable: true,
  details: { a: 1 },
};
export const agent = { agentId: 'bash' };
export const command = { commandId: 'bash.1' };
export const commandEnd = {
  exitCode: 1,
  signal: 'SIGTERM',
  error,
  executionTime: 12,
  bytes: { stdout: 1, stderr: 2 },
};
