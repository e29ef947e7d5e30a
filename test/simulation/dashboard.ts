import { applyTeam, NO_TEAM, type TeamState } from '@muster/client/sync';
import type { AgentSummary, ViewerMessage } from '@muster/protocol';
import type { Checks } from './checks.ts';
import { forViewer, type Link, type Packet, packed } from './link.ts';
import type { Random } from './random.ts';
import { Redial } from './redial.ts';
import { RequestClient } from './request-client.ts';
import type { RequestOracle } from './request-oracle.ts';
import type { Client, Server } from './server.ts';

export interface DashboardSetting {
  readonly server: Server;
  readonly client: string;
  readonly codec: boolean;
  readonly checks: Checks;
  readonly random: Random;
  readonly requests: RequestOracle;
}

/** Someone who watches the list and asks for agents, by the client's real cores. */
export class Dashboard implements Client {
  readonly role = 'dashboard';
  readonly generation = 0;
  readonly redial: Redial;
  link: Link | null = null;
  asleep = false;
  /** Messages that changed what it knows. */
  events = 0;
  private readonly setting: DashboardSetting;
  private readonly requests: RequestClient;
  private team: TeamState = NO_TEAM;

  constructor(setting: DashboardSetting) {
    this.setting = setting;
    this.redial = new Redial(setting.checks, setting.random);
    this.requests = new RequestClient(setting.client, setting.requests, (...said) => this.send(...said));
  }

  get server(): Server {
    return this.setting.server;
  }

  get client(): string {
    return this.setting.client;
  }

  get agents(): readonly AgentSummary[] {
    return this.team.agents;
  }

  get waits(): boolean {
    return this.requests.hasPending;
  }

  attach(link: Link, now: number): void {
    this.link = link;
    this.redial.opened(now);
    this.requests.step({ type: 'online' }, now, now);
  }

  detach(now: number, code: number): void {
    this.redial.lost(code, now);
    this.link = null;
    this.requests.step({ type: 'offline' }, now, now);
  }

  drained(): void {}

  receive(packet: Packet, now: number): void {
    const { message } = forViewer(packet);
    if (message.type === 'ack') return this.requests.acked(message.payload, now, now);
    const team = applyTeam(this.team, message);
    if (team !== this.team) this.events += 1;
    this.team = team;
  }

  tick(now: number): void {
    this.requests.step({ type: 'tick' }, now, now);
  }

  ask(message: ViewerMessage, now: number): void {
    this.requests.ask(message, now, now);
  }

  wake(): void {
    this.asleep = false;
  }

  /** I1: another agent under an id that has been answered. */
  reuse(now: number): boolean {
    const impostor = { type: 'agent:create', payload: { name: 'impostor', kind: 'process' } } as const;
    return this.requests.reuse(() => impostor, now);
  }

  private send(message: ViewerMessage, id: string, askedAt: number): void {
    this.link?.toServer.push(packed(message, this.setting.codec, id, askedAt));
  }
}
