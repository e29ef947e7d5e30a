import type { WireError } from '@muster/protocol';
import { type DeviceState, deviceStateOf, isIosDevice } from './device-state.ts';
import { forgetSubscription, ownSubscription, subscribe } from './subscribe.ts';
import { wantedPush, wantPush } from './wanted.ts';

/** Whether this browser is notified, and how that is turned on and off. */
export class ThisDevice {
  /** Null: not known yet. */
  state = $state<DeviceState | null>(null);
  pending = $state(false);
  failure = $state.raw<WireError | null>(null);
  /** By which the server's list shows this one; null: it is not on. */
  endpoint = $state<string | null>(null);
  readonly #memberId: string;

  constructor(memberId: string) {
    this.#memberId = memberId;
  }

  async refresh(): Promise<void> {
    const canPush = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
    const subscription = canPush ? await ownSubscription().catch(() => null) : null;
    this.endpoint = subscription?.endpoint ?? null;
    this.state = deviceStateOf({
      canPush,
      isSecure: isSecureContext,
      isIos: isIosDevice(navigator),
      isInstalled: matchMedia('(display-mode: standalone)').matches,
      permission: canPush ? Notification.permission : 'default',
      isSubscribed: subscription !== null && wantedPush()?.memberId === this.#memberId,
    });
  }

  /** Asks the person first, which a browser allows only in answer to a press. */
  turnOn(): Promise<void> {
    return this.#change(async () => {
      if ((await Notification.requestPermission()) !== 'granted') return;
      const subscribed = await subscribe();
      if (subscribed.ok) wantPush({ memberId: this.#memberId, endpoint: subscribed.value.endpoint });
      else this.failure = subscribed.error;
    });
  }

  turnOff(): Promise<void> {
    return this.#change(async () => {
      wantPush(null);
      const subscription = await ownSubscription();
      if (subscription === null) return;
      const forgotten = await forgetSubscription(subscription.endpoint);
      // Without a subscription nothing arrives, whatever the server knows.
      await subscription.unsubscribe();
      if (!forgotten.ok) this.failure = forgotten.error;
    });
  }

  async #change(act: () => Promise<void>): Promise<void> {
    if (this.pending) return;
    this.pending = true;
    this.failure = null;
    try {
      await act();
    } finally {
      await this.refresh();
      this.pending = false;
    }
  }
}
