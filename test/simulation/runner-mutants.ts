import type { Effect, RunnerEvent } from '../../agent-runner/src/runner/core/index.ts';
import { Runner } from './runner.ts';

const isSent = (effect: Effect, type: 'agent:placed' | 'keeper:link') =>
  effect.type === 'send' && effect.message.type === type;

/** Keeps an agent that the lobby does not list. */
export class Hoarder extends Runner {
  protected override decide(event: RunnerEvent): readonly Effect[] {
    if (event.type !== 'lobby-message' || event.message.type !== 'lobby:welcome') return super.decide(event);
    const { agents } = event.message.payload;
    const listed = new Set(agents.map(({ spec }) => spec.agentUid));
    const unlisted = [...this.host.files.values()].filter(({ spec }) => !listed.has(spec.agentUid));
    const payload = { agents: [...agents, ...unlisted] };
    return super.decide({ type: 'lobby-message', message: { type: 'lobby:welcome', payload } });
  }
}

/** Takes the start that it has for the one that it is to place. */
export class Stubborn extends Runner {
  protected override decide(event: RunnerEvent): readonly Effect[] {
    if (event.type !== 'lobby-message' || event.message.type !== 'agent:place') return super.decide(event);
    const { payload } = event.message;
    const known = this.host.files.get(payload.spec.agentUid);
    const message = { type: 'agent:place', payload: { ...payload, ...known } } as const;
    return super.decide({ type: 'lobby-message', message });
  }
}

/** Takes every start for the first one, so that an older one goes over it. */
export class Regressive extends Runner {
  protected override decide(event: RunnerEvent): readonly Effect[] {
    for (const agent of this.core.agents.values()) {
      if (agent.files.type !== 'placed' || agent.files.placement.generation < 2) continue;
      agent.files = { type: 'placed', placement: { ...agent.files.placement, generation: 1 } };
    }
    return super.decide(event);
  }
}

/** Does not see that a keeper ended. */
export class Blind extends Runner {
  protected override decide(event: RunnerEvent): readonly Effect[] {
    return event.type === 'keeper-closed' && event.hasFiles ? [] : super.decide(event);
  }
}

/** Goes on reporting a keeper that ended as linked. */
export class Flattering extends Runner {
  protected override decide(event: RunnerEvent): readonly Effect[] {
    const effects = super.decide(event);
    return event.type === 'keeper-closed'
      ? effects.filter((effect) => !isSent(effect, 'keeper:link'))
      : effects;
  }
}

/** Leaves out how a keeper stands after an answer that lets the lobby take it for well. */
export class Presuming extends Runner {
  protected override decide(event: RunnerEvent): readonly Effect[] {
    const effects = super.decide(event);
    const isAnswered = effects.some((effect) => isSent(effect, 'agent:placed'));
    return isAnswered ? effects.filter((effect) => !isSent(effect, 'keeper:link')) : effects;
  }
}

/** Starts a keeper without looking whether one runs. */
export class Doubling extends Runner {
  protected override decide(event: RunnerEvent): readonly Effect[] {
    return super.decide(event).map((effect) => {
      if (effect.type !== 'perform' || effect.action.type !== 'adopt') return effect;
      return { ...effect, action: { type: 'spawn', start: false } };
    });
  }
}

/** Forgets to try again. */
export class Resigned extends Runner {
  protected override decide(event: RunnerEvent): readonly Effect[] {
    return super.decide(event).filter(({ type }) => type !== 'set-timer');
  }
}

/** Answers each placement twice. */
export class Repeating extends Runner {
  protected override decide(event: RunnerEvent): readonly Effect[] {
    return super
      .decide(event)
      .flatMap((effect) => (isSent(effect, 'agent:placed') ? [effect, effect] : [effect]));
  }
}
