import type {
  AgentSpec,
  Attention,
  EndedTurn,
  MemberId,
  RequestHead,
  ResolvedRequest,
} from '@muster/protocol';

/** What the team's lobby has to say to people who do not look. */
export type Notice =
  | { readonly type: 'request-opened'; readonly agent: NoticeAgent; readonly head: RequestHead }
  | {
      readonly type: 'request-over';
      readonly agent: NoticeAgent;
      readonly head: RequestHead;
      /** Null: its room does not say how. */
      readonly resolved: ResolvedRequest | null;
    }
  | { readonly type: 'turn-ended'; readonly agent: NoticeAgent; readonly turn: EndedTurn }
  | { readonly type: 'crashed'; readonly agent: NoticeAgent; readonly how: string }
  | { readonly type: 'attention'; readonly agent: NoticeAgent; readonly attention: Attention };

export type NoticeAgent = Pick<AgentSpec, 'agentId' | 'agentUid' | 'name' | 'labels'> & {
  /** Its host's name; null: it is not known. */
  readonly host: string | null;
};

/** A page that says that somebody looks at this agent now. */
export interface Looker {
  readonly connection: string;
  readonly memberId: MemberId;
  readonly agentId: string;
}
