import { describe, expect, test } from 'vitest';
import { formatDecision } from '../../src/hook/format-decision.ts';
import { HookRequestSchema } from '../../src/hook/messages.ts';
import { readHookInput } from '../../src/hook/read-input.ts';
import { hookSettings } from '../../src/hook/settings.ts';

const CLAUDE = {
  session_id: 's1',
  transcript_path: '/home/ada/.claude/projects/p/s1.jsonl',
  cwd: '/work',
  permission_mode: 'default',
  hook_event_name: 'PermissionRequest',
  tool_name: 'Bash',
  tool_input: { command: 'rm -rf build', description: 'Clean' },
};
const CODEX = { ...CLAUDE, turn_id: 't1', model: 'm', transcript_path: null };
const read = (input: object, named: 'claude' | 'codex' | null = null) =>
  readHookInput(JSON.stringify(input), named);

describe('[C13b] what a hook is given', () => {
  test('is a request where the program asks for permission, of either program', () => {
    const claude = read(CLAUDE);
    expect(claude).toEqual({
      program: 'claude',
      request: {
        version: 1,
        do: 'ask',
        program: 'claude',
        session: 's1',
        tool: 'Bash',
        input: '{"command":"rm -rf build","description":"Clean"}',
        directory: '/work',
        waitMs: 86_400_000,
      },
    });
    expect(read(CODEX)).toMatchObject({ program: 'codex', request: { do: 'ask', waitMs: 300_000 } });
    expect(read(CLAUDE, 'codex')?.program).toBe('codex');
    expect(HookRequestSchema.parse(claude?.request)).toEqual(claude?.request);
  });

  test('is no request where a dialogue of the program asks for more than yes or no', () => {
    expect(read({ ...CLAUDE, tool_name: 'AskUserQuestion' })?.request).toMatchObject({ do: 'notify' });
  });

  test('tells attention, and when what was asked is over', () => {
    const message = 'Claude is waiting for your input';
    expect(read({ ...CLAUDE, hook_event_name: 'Notification', message })?.request).toMatchObject({
      do: 'notify',
      text: message,
    });
    expect(read({ ...CLAUDE, hook_event_name: 'PostToolUse' })?.request).toMatchObject({
      do: 'end',
      tool: 'Bash',
    });
    expect(read({ session_id: 's1', hook_event_name: 'Stop' })?.request).toEqual({
      version: 1,
      do: 'end',
      session: 's1',
    });
  });

  test.each(['', '{', '[]', 'null', '{"hook_event_name":"PermissionRequest"}', '{"session_id":1}'])(
    'that says nothing to Muster is passed over: %s',
    (text) => expect(readHookInput(text, 'claude')).toBeNull(),
  );
});

describe('[C13b] what a hook prints', () => {
  test('is the decision as both programs read it', () => {
    expect(JSON.parse(formatDecision({ is: 'decided', behavior: 'allow' }))).toEqual({
      hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow' } },
    });
    expect(JSON.parse(formatDecision({ is: 'decided', behavior: 'deny', message: 'No' }))).toEqual({
      hookSpecificOutput: {
        hookEventName: 'PermissionRequest',
        decision: { behavior: 'deny', message: 'No' },
      },
    });
  });

  test.each(['claude', 'codex'] as const)('for the settings of %s calls itself in Muster only', (program) => {
    const { hooks } = JSON.parse(hookSettings(program, '/opt/muster-runner'));
    const [handler] = hooks.PermissionRequest[0].hooks;
    expect(handler.command).toBe(`[ -z "$MUSTER_AGENT_SOCKET" ] || exec /opt/muster-runner hook ${program}`);
    const { request } = readHookInput(JSON.stringify(CLAUDE), program) ?? {};
    expect(request?.do === 'ask' && request.waitMs).toBeLessThanOrEqual(handler.timeout * 1_000);
  });
});
