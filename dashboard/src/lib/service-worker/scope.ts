/** What a service worker uses of its scope: its own types clash with a page's, which everything else here is checked by. */
export interface WorkerScope {
  readonly location: { readonly origin: string };
  readonly caches: CacheStorage;
  readonly registration: ServiceWorkerRegistration;
  readonly navigator: { readonly userAgent: string; setAppBadge?(count: number): Promise<void> };
  readonly clients: PageClients;
  fetch(input: string | Request, init?: RequestInit): Promise<Response>;
  setTimeout(callback: () => void, ms: number): number;
  skipWaiting(): Promise<void>;
  addEventListener<T extends keyof WorkerEvents>(type: T, listener: (event: WorkerEvents[T]) => void): void;
}

export interface PageClients {
  matchAll(options: { type: 'window'; includeUncontrolled: true }): Promise<readonly PageClient[]>;
  openWindow(url: string): Promise<unknown>;
}

/** An open page. */
export interface PageClient {
  readonly url: string;
  readonly visibilityState: DocumentVisibilityState;
  focus(): Promise<unknown>;
  postMessage(message: unknown, transfer: Transferable[]): void;
}

interface LifetimeEvent {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends LifetimeEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface PushEvent extends LifetimeEvent {
  readonly data: { text(): string } | null;
}
interface NotificationClickEvent extends LifetimeEvent {
  /** The button's; empty where the notification itself was pressed. */
  readonly action: string;
  readonly notification: Notification;
}
interface WorkerMessageEvent extends LifetimeEvent {
  readonly data: unknown;
}
interface SubscriptionChangeEvent extends LifetimeEvent {
  readonly oldSubscription?: PushSubscription | null;
  readonly newSubscription?: PushSubscription | null;
}

interface WorkerEvents {
  readonly install: LifetimeEvent;
  readonly activate: LifetimeEvent;
  readonly fetch: FetchEvent;
  readonly message: WorkerMessageEvent;
  readonly push: PushEvent;
  readonly notificationclick: NotificationClickEvent;
  readonly pushsubscriptionchange: SubscriptionChangeEvent;
}
