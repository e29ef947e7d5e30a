import {
  ok,
  type PushSubscriptionSummary,
  PushSubscriptionSummarySchema,
  type WireError,
} from '@muster/protocol';
import * as z from 'zod';
import { get } from '../rest/get.ts';
import { Listing } from '../rest/listing.svelte.ts';
import { forgetSubscription, SUBSCRIPTIONS_PATH } from './subscribe.ts';

const ListSchema = z.object({ subscriptions: z.array(PushSubscriptionSummarySchema) });

/** The devices on which a person is notified. */
export class PushDevices {
  readonly list = new Listing<PushSubscriptionSummary>(async (signal) => {
    const answer = await get(SUBSCRIPTIONS_PATH, {}, ListSchema, signal);
    return answer.ok ? ok(answer.value.subscriptions) : answer;
  });

  remove(endpoint: string): Promise<WireError | null> {
    return this.list.after(forgetSubscription(endpoint));
  }
}
