import type { FormValues, RequestHead, WireError } from '@muster/protocol';

/** What waits for people, over all agents the member may see (C7). */
export interface Inbox {
  /** Oldest first; key them by `permissionId`. */
  readonly requests: readonly RequestHead[];
  readonly count: number;
  /** Of the request that was answered last and refused. */
  readonly failure: { readonly permissionId: string; readonly error: WireError } | null;
  isBusy(permissionId: string): boolean;
  respond(head: RequestHead, optionId: string, message?: string): Promise<boolean>;
  elicit(head: RequestHead, action: 'accept' | 'decline' | 'cancel', content?: FormValues): Promise<boolean>;
  close(): void;
}
