import { DEFAULT_PUSH_SETTINGS, type PushSettings, PushSettingsSchema } from '@muster/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PushSettingsController } from '../../src/lib/notifications/push-settings.svelte.ts';

/** A server that keeps the settings, and refuses where it is told to. */
class SettingsServer {
  kept: PushSettings = DEFAULT_PUSH_SETTINGS;
  refuses = false;
  readonly put: PushSettings[] = [];

  readonly fetch = async (_path: string, init: RequestInit = {}): Promise<Response> => {
    if (init.method !== 'PUT') return Response.json(this.kept);
    const settings = PushSettingsSchema.parse(JSON.parse(String(init.body)));
    this.put.push(settings);
    if (this.refuses)
      return Response.json({ error: { code: 'INVALID_MESSAGE', message: 'Not this.' } }, { status: 400 });
    this.kept = settings;
    return Response.json({});
  };
}

let server: SettingsServer;
let settings: PushSettingsController;
const shell = PushSettingsSchema.shape.muted.element.parse('shell');

beforeEach(async () => {
  server = new SettingsServer();
  vi.stubGlobal('fetch', server.fetch);
  settings = new PushSettingsController();
  await settings.load();
});
afterEach(() => vi.unstubAllGlobals());

describe('[C10] what a person is notified of', () => {
  it('shows each change at once and saves it whole', async () => {
    const saved = settings.change({ reminder: 10 });
    expect(settings.value?.reminder).toBe(10);
    await saved;
    expect(server.kept).toEqual({ ...DEFAULT_PUSH_SETTINGS, reminder: 10 });
  });

  it('saves changes one after the other, so that the last one stays', async () => {
    await Promise.all([settings.change({ reminder: 5 }), settings.mute(shell, true)]);
    expect(server.put.map(({ reminder, muted }) => [reminder, muted.length])).toEqual([
      [5, 0],
      [5, 1],
    ]);
    expect(settings.saving).toBe(false);
  });

  it('shows what the server has, and why, where a change is refused', async () => {
    server.refuses = true;
    await settings.change({ reminder: 10 });
    expect(settings.value).toEqual(DEFAULT_PUSH_SETTINGS);
    expect(settings.failure?.message).toBe('Not this.');
  });

  it('mutes an agent once, and unmutes it', async () => {
    await settings.mute(shell, true);
    await settings.mute(shell, true);
    expect([settings.isMuted('shell'), server.kept.muted]).toEqual([true, ['shell']]);
    await settings.mute(shell, false);
    expect([settings.isMuted('shell'), server.kept.muted]).toEqual([false, []]);
  });
});
