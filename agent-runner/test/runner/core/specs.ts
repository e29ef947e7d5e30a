import { type AgentSpec, AgentSpecSchema, HostIdSchema } from '@muster/protocol';
import type { RunnerEvent } from '../../../src/runner/core/index.ts';

const HOST_ID = HostIdSchema.parse('00000000-0000-4000-8000-00000000000a');

export const HOST: Extract<RunnerEvent, { type: 'link-opened' }>['host'] = {
  hostId: HOST_ID,
  version: 'test',
  facts: {
    name: 'host',
    platform: 'linux',
    arch: 'x64',
    cpus: 2,
    memory: 1,
    bootId: 'boot',
    roots: ['/'],
    defaultWorkspace: '/',
    containment: 'process-table',
  },
};

export const uidOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** An agent whose program starts by itself. */
export const specOf = (agentUid: string, more: Partial<AgentSpec> = {}): AgentSpec =>
  AgentSpecSchema.parse({
    agentUid,
    agentId: 'a',
    name: 'a',
    hostId: HOST_ID,
    workspace: '/',
    kind: 'process',
    restart: 'never',
    autostart: true,
    program: { command: 'cat', args: [] },
    ...more,
  });
