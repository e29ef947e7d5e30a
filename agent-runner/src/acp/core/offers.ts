import {
  type AdapterInfo,
  type AgentCommand,
  type Choice,
  type ConfigOption,
  LIMITS,
  type Usage,
} from '@muster/protocol';
import { clip, countIn, isRecord, type Json, listIn, nonEmpty, recordIn, textIn } from './json.ts';
import { queueFacts, sendFacts } from './out.ts';
import type { Capabilities, Work } from './types.ts';

/** What an agent offers to choose from, read leniently: an entry that cannot be read is left out. */
const idIn = (value: unknown): string | undefined => {
  const id = textIn(value);
  return id === undefined || id === '' || id.length > LIMITS.messageIdChars ? undefined : id;
};
const described = (entry: Json) => {
  const description = textIn(entry['description']);
  return description === undefined ? {} : { description: clip(description, LIMITS.textChars) };
};
const nameIn = (entry: Json, id: string) => clip(textIn(entry['name']) ?? id, LIMITS.optionChars);

export function commandsOf(value: unknown): AgentCommand[] {
  return listIn(value)
    .slice(0, LIMITS.agentOffers)
    .flatMap((each) => {
      const entry = recordIn(each);
      const name = nonEmpty(entry['name'], LIMITS.optionChars);
      if (name === undefined) return [];
      const hint = textIn(recordIn(entry['input'])['hint']);
      return [
        {
          name,
          description: clip(textIn(entry['description']) ?? '', LIMITS.textChars),
          ...(hint === undefined ? {} : { hint: clip(hint, LIMITS.optionChars) }),
        },
      ];
    });
}

function choiceOf(each: unknown, idKey: 'id' | 'value'): Choice[] {
  const entry = recordIn(each);
  const id = idIn(entry[idKey]);
  return id === undefined ? [] : [{ id, name: nameIn(entry, id), ...described(entry) }];
}

/** Options, of which those in groups are put together. */
export function optionsOf(value: unknown): ConfigOption[] {
  return listIn(value)
    .slice(0, LIMITS.agentOffers)
    .flatMap((each): ConfigOption[] => {
      const entry = recordIn(each);
      const configId = idIn(entry['id']);
      if (configId === undefined) return [];
      const category = nonEmpty(entry['category'], 64);
      const shared = {
        configId,
        name: nameIn(entry, configId),
        ...described(entry),
        ...(category === undefined ? {} : { category }),
      };
      const current = entry['currentValue'];
      if (typeof current === 'boolean') return [{ ...shared, type: 'boolean', value: current }];
      const id = idIn(current);
      if (id === undefined) return [];
      const choices = listIn(entry['options']).flatMap((option) =>
        isRecord(option) && Array.isArray(option['options'])
          ? option['options'].flatMap((inner) => choiceOf(inner, 'value'))
          : choiceOf(option, 'value'),
      );
      return [{ ...shared, type: 'select', value: id, choices: choices.slice(0, LIMITS.agentOffers) }];
    });
}

export function sendOptions(work: Work, options: readonly ConfigOption[]): void {
  const { state } = work;
  state.options = new Map(
    options.map((each) => [each.configId, { value: each.value, category: each.category ?? '' }]),
  );
  sendFacts(work, { configOptions: [...options] });
}

/** What a session, or an update, says of modes. */
export function sendModes(work: Work, value: unknown): void {
  const { state } = work;
  const modes = recordIn(value);
  const current = idIn(modes['currentModeId']);
  const offered = Array.isArray(modes['availableModes'])
    ? modes['availableModes'].slice(0, LIMITS.agentOffers).flatMap((each) => choiceOf(each, 'id'))
    : null;
  if (offered !== null) state.modes = offered.map(({ id }) => id);
  if (current !== undefined) state.mode = current;
  if (offered === null && current === undefined) return;
  sendFacts(work, {
    ...(current === undefined ? {} : { mode: current }),
    ...(offered === null ? {} : { modes: offered }),
  });
}

function costIn(value: unknown): NonNullable<Usage['cost']> | undefined {
  const { amount, currency } = recordIn(value);
  if (typeof amount !== 'number' || !Number.isFinite(amount) || amount < 0) return undefined;
  return { amount, currency: clip(textIn(currency) ?? 'USD', 16) };
}

/** C18: what one process tells more than before is spent. */
export function sendUsage(work: Work, update: Json): void {
  const { state } = work;
  const used = countIn(update['used']);
  const size = countIn(update['size']);
  const cost = costIn(update['cost']);
  if (cost !== undefined) {
    const told = state.toldCost;
    const isSame = told != null && (told.currency === cost.currency || told.amount === 0);
    const more = isSame ? Math.max(0, cost.amount - told.amount) : 0;
    const before = state.spent?.currency === cost.currency ? state.spent.amount : 0;
    state.toldCost = cost;
    state.spent = { amount: before + more, currency: cost.currency };
  }
  queueFacts(work, {
    usage: {
      ...(used === undefined ? {} : { used }),
      ...(size === undefined ? {} : { size }),
      ...(cost === undefined ? {} : { cost }),
    },
    ...(cost === undefined || state.spent === undefined ? {} : { spent: state.spent }),
  });
}

/** What `initialize` says that the adapter can do. */
export function capabilitiesOf(result: Json): Capabilities {
  const agent = recordIn(result['agentCapabilities']);
  const session = recordIn(agent['sessionCapabilities']);
  const prompt = recordIn(agent['promptCapabilities']);
  const steering = recordIn(recordIn(result['_meta'])['steering']);
  return {
    images: prompt['image'] === true,
    embeds: prompt['embeddedContext'] === true,
    steering: steering['supported'] === true,
    lists: isRecord(session['list']),
    resume: isRecord(session['resume']),
    load: agent['loadSession'] === true,
  };
}

/** `command`: of the agent's program, which a terminal sign-in runs with arguments of its own (C5). */
export function infoOf(result: Json, can: Capabilities, command: readonly string[]): AdapterInfo {
  const agent = recordIn(result['agentInfo']);
  return {
    name: clip(textIn(agent['title']) ?? textIn(agent['name']) ?? '', LIMITS.nameChars),
    version: clip(textIn(agent['version']) ?? '', 64),
    images: can.images,
    steering: can.steering,
    resumes: can.resume || can.load,
    lists: can.lists,
    authMethods: listIn(result['authMethods'])
      .slice(0, 32)
      .flatMap((each) => authMethodOf(recordIn(each), command)),
  };
}

function authMethodOf(entry: Json, command: readonly string[]): AdapterInfo['authMethods'] {
  const id = idIn(entry['id']);
  if (id === undefined) return [];
  const shared = { id, name: nameIn(entry, id), ...described(entry) };
  if (entry['type'] !== 'terminal') return [{ ...shared, type: 'agent' }];
  const args = listIn(entry['args']).flatMap((each) => textIn(each) ?? []);
  const argv = [...command, ...args].slice(0, LIMITS.argumentCount);
  return [{ ...shared, type: 'terminal', command: argv.map((each) => clip(each, LIMITS.pathChars)) }];
}
