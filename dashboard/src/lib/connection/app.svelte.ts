import { type ConnectionState, createClient, type MusterClient } from '@muster/client';
import type { AgentSummary, HostSummary, ViewerType } from '@muster/protocol';
import { createContext } from 'svelte';
import { clock } from '../clock.svelte.ts';
import { fetchMember, type Member, refreshToken, renew, signOut } from './auth.ts';
import { may } from './may.ts';
import { Notices } from './notices.svelte.ts';
import { pageId } from './page-id.ts';

/** The signed-in member, once known. */
export type SignIn = 'checking' | 'in' | 'out';

const LATENCY_EVERY_MS = 60_000;
/** ms in which a socket that was only moved comes back. */
const MOVED_MS = 1_500;
/** ms before the connection was lost in which the lobby may have been going down. */
const SIGN_OUT_TIMEOUT_MS = 3_000;

/** The page's one client and what it knows of the team: agents, hosts, the connection, the member. */
export class App {
  client = $state.raw<MusterClient | null>(null);
  connection = $state.raw<ConnectionState>({ name: 'connecting' });
  agents = $state.raw<readonly AgentSummary[]>([]);
  hosts = $state.raw<readonly HostSummary[]>([]);
  /** C7: requests that wait for people, over all agents the member may see. */
  waiting = $state(0);
  member = $state.raw<Member | null>(null);
  /** Those of them that this member may answer: the count on the page's title and icons. */
  readonly waitingForMe = $derived.by(() => (this.may('permission:respond') ? this.waiting : 0));
  signIn = $state<SignIn>('checking');
  /** False until the first list came: nothing is known yet, which is not the same as nothing there. */
  loaded = $state(false);
  /** When the connection was lost, by the server's clock; null: it is there, or never was. */
  lostAt = $state<number | null>(null);
  /** The same by this machine's clock. */
  lostSince = $state(0);
  /** Whether anything can be asked of the server now; what is shown otherwise is as it was. */
  readonly reachable = $derived(this.connection.name === 'connected');
  /** The server was there and has been gone for a while, so what is on the page is old and cannot be changed. */
  readonly away = $derived(this.lostAt !== null && clock.own - this.lostSince >= MOVED_MS);
  /** ms to the server and back; null while unknown. */
  latency = $state<number | null>(null);
  readonly notices = new Notices();
  #pageId: string | null = null;
  /** Counts questions and messages about the member: an answer is outdated when another one came after its question. */
  #memberVersion = 0;
  #listedAt = 0;
  #settled: { readonly agents: readonly AgentSummary[]; readonly hosts: readonly HostSummary[] } = {
    agents: [],
    hosts: [],
  };
  readonly #hostNames = $derived(new Map(this.hosts.map((host) => [host.hostId, host.name] as const)));

  hostName(hostId: AgentSummary['hostId']): string {
    return this.#hostNames.get(hostId) ?? 'unknown host';
  }

  /** X5: whether what this message does is to be offered. */
  may(type: ViewerType): boolean {
    return may(this.member, type);
  }

  /** Opens the socket and loads the signed-in member side by side; returns how to end both. */
  start(): () => void {
    this.#pageId ??= pageId(window, () => crypto.randomUUID());
    const client = createClient({ url: location.origin, refresh: refreshToken, clientId: this.#pageId });
    this.signIn = 'checking';
    this.client = client;
    this.connection = client.connection;
    // While the server is away the last state stays on the page, with its ages.
    clock.follow(() => this.lostAt ?? client.now);
    client.on('connection', (state) => this.#connectionChanged(client, state));
    client.on('agents', (agents) => {
      this.#recordList();
      this.agents = agents;
      this.loaded = true;
    });
    client.on('hosts', (hosts) => {
      this.#recordList();
      this.hosts = hosts;
    });
    client.on('inbox', (inbox) => {
      this.waiting = inbox.size;
    });
    client.on('member', (member) => {
      this.#memberVersion += 1;
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
    const was = this.connection.name;
    this.connection = state;
    if (state.name === 'connected') this.lostAt = null;
    else if (was === 'connected') this.#lost(client.now);
    if (state.name === 'connected') void this.#measure();
    else this.latency = null;
    // A handshake that the Worker refuses looks to a browser like a server that is away: ask which it was.
    const refused = state.name === 'disconnected' && state.reason === 'refused';
    if (state.name === 'reconnecting' || refused) void this.#identify(client);
  }

  /** Keeps the lists as they were before the lobby's last messages, should it be going down. */
  #recordList(): void {
    if (performance.now() - this.#listedAt > SIGN_OUT_TIMEOUT_MS)
      this.#settled = { agents: this.agents, hosts: this.hosts };
    this.#listedAt = performance.now();
  }

  /** A server that goes down sees its hosts leave, and says so: it was the server that left. */
  #lost(at: number): void {
    this.lostAt = at;
    this.lostSince = Date.now();
    const { agents, hosts } = this.#settled;
    if (performance.now() - this.#listedAt > SIGN_OUT_TIMEOUT_MS) return;
    const wereOnline = new Set(
      agents.filter(({ connection }) => connection === 'online').map(({ agentUid }) => agentUid),
    );
    const hostsOnline = new Set(
      hosts.filter(({ connection }) => connection === 'online').map(({ hostId }) => hostId),
    );
    this.agents = this.agents.map((agent) =>
      wereOnline.has(agent.agentUid) ? { ...agent, connection: 'online' } : agent,
    );
    this.hosts = this.hosts.map((host) =>
      hostsOnline.has(host.hostId) ? { ...host, connection: 'online' } : host,
    );
  }

  /** An expired cookie is renewed once and tried again; without a sign-in the sockets rest. */
  async #identify(client: MusterClient): Promise<void> {
    this.#memberVersion += 1;
    const version = this.#memberVersion;
    let me = await fetchMember();
    if (me.kind === 'out') {
      me = await renew();
      if (me.kind === 'in') client.reconnect();
    }
    if (this.client !== client || version !== this.#memberVersion) return;
    if (me.kind === 'in') {
      this.member = me.member;
      this.signIn = 'in';
    } else if (me.kind === 'out') {
      this.signIn = 'out';
      client.close();
    }
  }

  /** Signs the member out. */
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
