import { AGENT_ID } from '../agent.ts';
import { FIRST_RETRY_MS } from '../redial.ts';
import { Viewer } from '../viewer.ts';
import type { World } from '../world.ts';
import { type Action, fault } from './action.ts';

const MINUTE = 60_000;

/** A person asks for something, and perhaps hears no answer before the lid goes down. */
function ask(world: World, person: World['people'][number]): void {
  const { random, now } = world;
  if (person instanceof Viewer) person.ask(now);
  else person.ask({ type: 'agent:update', payload: { agentId: AGENT_ID, labels: { at: String(now) } } }, now);
  world.deliver(random.between(0, 6));
  // Time enough to be repeated where no answer comes.
  world.clock.wait(random.pick([0, 8_000]));
}

/**
 * [I1] A laptop is closed in the middle of a request: for minutes nothing of it goes on, and what it sent stays on its
 * way. When it is opened it first hears of its timers, of the end of its socket, or of nothing.
 */
function sleep(world: World): boolean {
  const { random, clock, network } = world;
  const person = world.people[random.between(0, world.people.length - 1)];
  if (person === undefined || person.link === null) return false;
  ask(world, person);
  const { link } = person;
  if (link === null) return false;
  const minutes = random.pick([2, 11, 16]);
  link.stalledUntil = clock.now + minutes * MINUTE;
  person.asleep = true;
  for (let minute = 0; minute < minutes; minute += 1) {
    // Everybody else goes on: calls between objects are made again each half minute until they are answered.
    world.deliver(random.between(200, 800));
    clock.wait(MINUTE);
  }
  person.wake(minutes * MINUTE);
  const first = random.between(0, 2);
  if (first === 0) person.tick(clock.now);
  if (first === 1 && person.link !== null) {
    network.cut(person.link, clock.now);
    // It has another before its timers ring.
    clock.wait(FIRST_RETRY_MS);
  }
  return true;
}

/** Only where there are laptops. */
export const LAPTOP_FAULTS: readonly Action[] = [fault('sleep', 1.6, sleep)];
