import {
  type AgentKind,
  AgentSpecSchema,
  AgentUidSchema,
  type Epoch,
  EpochSchema,
  encodeBatch,
  encodeEvent,
  encodeGap,
  encodeSnapshot,
  type Placement,
  STREAM,
  type StreamEvent,
  TeamIdSchema,
} from '@muster/protocol';

export const E1: Epoch = EpochSchema.parse('00000000000000e1');
export const E2: Epoch = EpochSchema.parse('00000000000000e2');
export const TEAM = TeamIdSchema.parse('default');
export const UID = AgentUidSchema.parse('11111111-1111-4111-8111-111111111111');
export const KEEPER = 'keeper-1';

export function placementOf(generation = 1, kind: AgentKind = 'terminal'): Placement {
  const spec = AgentSpecSchema.parse({
    agentUid: UID,
    agentId: 'a',
    name: 'a',
    kind,
    hostId: '22222222-2222-4222-8222-222222222222',
    program: { command: 'bash', args: [] },
    workspace: '/work',
    terminal: { cols: 80, rows: 24 },
    restart: 'never',
    autostart: true,
  });
  return { spec, generation };
}

export const text = (data: Uint8Array) => new TextDecoder().decode(data);
const bytes = (data: string) => new TextEncoder().encode(data);

export function output(epoch: Epoch, first: number, ...chunks: string[]): Uint8Array {
  return encodeBatch({
    kind: 'output',
    epoch,
    first,
    chunks: chunks.map((chunk) => ({ stream: STREAM.stdout, data: bytes(chunk), time: 1_000 })),
  });
}

export const event = (epoch: Epoch, sequence: number, what: StreamEvent) =>
  encodeEvent(epoch, sequence, what, 1_000);
/** A screen that stands after `sequence`, of as many bytes. */
export const screen = (epoch: Epoch, sequence: number, size = 100) =>
  encodeSnapshot(
    { epoch, sequence, cols: 80, rows: 24, data: new Uint8Array(size), modes: bytes(''), pending: bytes('') },
    1_000,
  );
export const gap = (epoch: Epoch, from: number, to: number) =>
  encodeGap({ epoch, from, to, bytes: 1, time: 1_000 });
export const opened = (
  epoch: Epoch,
  previous: { epoch: Epoch; last: number; complete: boolean } | null = null,
) => event(epoch, 1, { type: 'epoch:open', previous, cause: previous === null ? 'first' : 'boot' });
