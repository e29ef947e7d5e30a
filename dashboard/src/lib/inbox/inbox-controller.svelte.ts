import type { MusterClient, RequestFailure } from '@muster/client';
import { readInbox } from '@muster/client/conversations';
import type { FormValues, RequestHead, ViewerPayload } from '@muster/protocol';
import * as z from 'zod';
import { Acts } from '../conversations/acts.svelte.ts';
import { send } from '../rest/send.ts';
import type { Inbox } from './types.ts';

type Answer =
  | { readonly type: 'permission:respond'; readonly payload: ViewerPayload<'permission:respond'> }
  | { readonly type: 'elicitation:respond'; readonly payload: ViewerPayload<'elicitation:respond'> };

/** C7: the requests that wait for people, over all agents. */
export class InboxController implements Inbox {
  requests = $state.raw<readonly RequestHead[]>([]);
  readonly count = $derived.by(() => this.requests.length);
  readonly #acts: Acts;
  readonly #client: Pick<MusterClient, 'request' | 'on' | 'inbox'>;
  readonly #stop: () => void;

  constructor(client: Pick<MusterClient, 'request' | 'on' | 'inbox'>) {
    this.#client = client;
    this.#acts = new Acts(client);
    this.requests = readInbox(client.inbox);
    this.#stop = client.on('inbox', (inbox) => {
      this.requests = readInbox(inbox);
    });
  }

  get failure(): Inbox['failure'] {
    const { failure } = this.#acts;
    if (failure === null || failure.id === null) return null;
    return { permissionId: failure.id, error: failure.error };
  }

  isBusy(permissionId: string): boolean {
    return this.#acts.isBusy(permissionId);
  }

  respond({ permissionId, digest }: RequestHead, optionId: string, message?: string): Promise<boolean> {
    const why = message === undefined || message.trim() === '' ? {} : { message };
    const payload = { permissionId, digest, optionId, ...why };
    return this.#answer({ type: 'permission:respond', payload });
  }

  elicit(
    { permissionId, digest }: RequestHead,
    action: 'accept' | 'decline' | 'cancel',
    content?: FormValues,
  ): Promise<boolean> {
    const values = content === undefined ? {} : { content };
    return this.#answer({
      type: 'elicitation:respond',
      payload: { permissionId, digest, action, ...values },
    });
  }

  close(): void {
    this.#stop();
  }

  #answer(answer: Answer): Promise<boolean> {
    const { type, payload } = answer;
    return this.#acts.run(type, payload.permissionId, async () => {
      try {
        await (answer.type === 'permission:respond'
          ? this.#client.request(answer.type, answer.payload)
          : this.#client.request(answer.type, answer.payload));
      } catch (reason) {
        // No socket to the room was to be had, so nothing was done: a plain request may get through.
        if (!isUnsent(reason)) throw reason;
        const { permissionId, ...body } = payload;
        const path = `/api/permissions/${encodeURIComponent(permissionId)}`;
        const sent = await send('POST', path, body, z.unknown());
        if (!sent.ok) throw Object.assign(new Error(sent.error.message), { wire: sent.error });
      }
    });
  }
}

const isUnsent = (reason: unknown): reason is RequestFailure =>
  reason instanceof Error && 'outcome' in reason && reason.outcome === 'unsent';
