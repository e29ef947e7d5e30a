import { type PushSettings, PushSettingsSchema, type WireError } from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';
import { send } from '../rest/send.ts';

const PATH = '/api/push/settings';

/** What a person is notified of, on all their devices. Each change is saved at once. */
export class PushSettingsController {
  /** Null: not known yet. */
  value = $state.raw<PushSettings | null>(null);
  failure = $state.raw<WireError | null>(null);
  saving = $state(false);
  /** Changes that are saved one after the other, so that the last one stays. */
  #saved: Promise<unknown> = Promise.resolve();

  async load(): Promise<void> {
    const answer = await get(PATH, {}, PushSettingsSchema);
    this.failure = answer.ok ? null : answer.error;
    if (answer.ok) this.value = answer.value;
  }

  change(changed: Partial<PushSettings>): Promise<void> {
    const before = this.value;
    if (before === null) return Promise.resolve();
    const next = { ...before, ...changed };
    this.value = next;
    this.saving = true;
    const saved = this.#saved.then(() => this.#save(next));
    this.#saved = saved;
    return saved;
  }

  isMuted(agentId: string): boolean {
    return this.value?.muted.some((one) => one === agentId) ?? false;
  }

  mute(agentId: PushSettings['muted'][number], muted: boolean): Promise<void> {
    const others = (this.value?.muted ?? []).filter((one) => one !== agentId);
    return this.change({ muted: muted ? [...others, agentId] : others });
  }

  /** Refused: what the server has shows again, with the reason. */
  async #save(next: PushSettings): Promise<void> {
    const answer = await send('PUT', PATH, next, z.unknown());
    const isLast = this.value === next;
    if (isLast) this.saving = false;
    if (answer.ok) {
      if (isLast) this.failure = null;
      return;
    }
    if (isLast) await this.load();
    this.failure = answer.error;
  }
}
