import { type ConnectionState, createClient, type MusterClient } from '@muster/client';
import type { AgentSummary, HostSummary, ViewerType } from '@muster/protocol';
import { createContext } from 'svelte';
import { clock } from '../clock.svelte.ts';
import { type Member, refreshToken, renew, signOut, whoAmI } from './auth.ts';
import { may } from './may.ts';
import { Notices } from './notices.svelte.ts';
import { pageId } from './page-id.ts';

/** Who sits here, as far as is known. */
export type SignIn = 'checking' | 'in' | 'out';

const LATENCY_EVERY_MS = 60_000;

/** The page's one client and what it knows of the team: agents, hosts, the connection, the member. */
export class App {
  client = $state.raw<MusterClient | null>(null);
  connection = $state.raw<ConnectionState>({ name: 'connecting' });
  agents = $state.raw<readonly AgentSummary[]>([]);
  hosts = $state.raw<readonly HostSummary[]>([]);
  member = $state.raw<Member | null>(null);
  signIn = $state<SignIn>('checking');
  /** False until the first list came: nothing is known yet, which is not the same as nothing there. */
  loaded = $state(false);
  /** ms to the server and back; null while unknown. */
  latency = $state<number | null>(null);
  readonly notices = new Notices();
  #pageId: string | null = null;
  readonly #hostNames = $derived(new Map(this.hosts.map((host) => [host.hostId, host.name] as const)));

  hostName(hostId: AgentSummary['hostId']): string {
    return this.#hostNames.get(hostId) ?? 'unknown host';
  }

  /** X5: whether what this message does is to be offered. */
  may(type: ViewerType): boolean {
    return may(this.member, type);
  }

  /** Opens the socket and asks who we are side by side; returns how to end both. */
  start(): () => void {
    this.#pageId ??= pageId(window, () => crypto.randomUUID());
    const client = createClient({ url: location.origin, refresh: refreshToken, clientId: this.#pageId });
    this.signIn = 'checking';
    this.client = client;
    this.connection = client.connection;
    clock.follow(() => client.now);
    client.on('connection', (state) => this.#connectionChanged(client, state));
    client.on('agents', (agents) => {
      this.agents = agents;
      this.loaded = true;
    });
    client.on('hosts', (hosts) => {
      this.hosts = hosts;
    });
    client.on('member', (member) => {
      this.member = member;
      this.signIn = 'in';
    });
    client.on('notice', (notice) => this.notices.add(notice));
    void this.#identify(client);
    // X5: a role may have changed while nobody looked.
    const seen = () => {
      if (!document.hidden && this.signIn === 'in') void this.#identify(client);
    };
    document.addEventListener('visibilitychange', seen);
    const timer = setInterval(() => void this.#measure(), LATENCY_EVERY_MS);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      clearInterval(timer);
      client.close();
      this.client = null;
    };
  }

  #connectionChanged(client: MusterClient, state: ConnectionState): void {
    this.connection = state;
    if (state.name === 'connected') void this.#measure();
    else this.latency = null;
    // A handshake that the Worker refuses looks to a browser like a server that is away: ask which it was.
    const refused = state.name === 'disconnected' && state.reason === 'refused';
    if (state.name === 'reconnecting' || refused) void this.#identify(client);
  }

  /** An expired cookie is renewed once and tried again; without a sign-in the sockets rest. */
  async #identify(client: MusterClient): Promise<void> {
    let me = await whoAmI();
    if (me.kind === 'out') {
      me = await renew();
      if (me.kind === 'in') client.reconnect();
    }
    if (this.client !== client) return;
    if (me.kind === 'in') {
      this.member = me.member;
      this.signIn = 'in';
    } else if (me.kind === 'out') {
      this.signIn = 'out';
      client.close();
    }
  }

  /** Whoever sat here signs out. */
  async signOut(): Promise<void> {
    if (await signOut()) this.left();
    else this.notices.add({ level: 'error', message: 'Not signed out: the server could not be reached.' });
  }

  /** The sign-in of this page has ended, by its own wish. */
  left(): void {
    this.signIn = 'out';
    this.member = null;
    this.notices.clear();
    this.client?.close();
  }

  /** By a plain request, so that a sleeping lobby is not woken for a number. */
  async #measure(): Promise<void> {
    if (document.hidden) return;
    const begun = performance.now();
    const answered = await fetch('/api/health', { cache: 'no-store' }).catch(() => null);
    if (answered?.ok && this.connection.name === 'connected') this.latency = performance.now() - begun;
  }
}

export const [getApp, setApp] = createContext<App>();
