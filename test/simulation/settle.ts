import type { World } from './world.ts';

const HOUR = 3_600_000;
/** I1: answered requests are remembered for 10 min, and then forgotten. */
const MEMORY = 660_000;
const ROUNDS = 1_000;

/** The faults end; everybody must come to the same end, and then to rest. */
export function settle(world: World): void {
  mend(world);
  const { checks, clock } = world;
  clock.drain();
  clock.wait(2_000);
  const isReady = () => isPlaced(world) && world.people.every(({ waits }) => !waits);
  for (let round = 0; round < ROUNDS && !isReady(); round += 1) {
    world.create(world.dashboards[0]);
    turn(world);
  }
  if (!isReady()) holdKeepers(world);
  checks.hold('N1', isReady(), () => `no agent comes to be: ${described(world)}`);
  endCommands(world);
  world.programs.event();
  const { keeper } = world;
  keeper.input({ type: 'event', event: { type: 'program:resized', cols: 1_000, rows: 1 } }, world.now);
  keeper.input({ type: 'output-ended' }, world.now);
  for (let round = 0; round < ROUNDS && !atRest(world); round += 1) {
    // What a meddler took from the end of a replay is missed by nobody until somebody dials again.
    if (round === ROUNDS / 2) cutTampered(world);
    turn(world);
  }
  checks.hold('S7', atRest(world), () => `they do not come to the same end: ${described(world)}`);
  // H2: the second time for alarms that were not taken back.
  for (let round = 0; round < 2; round += 1) {
    clock.wait(MEMORY);
    clock.drain();
    waitForAnswers(world);
  }
  holdGone(world);
  holdKeepers(world);
  rest(world);
  holdWord(world);
  leave(world);
  holdWord(world);
}

/** Q10: those that were taken come to their ends. */
function endCommands(world: World): void {
  const { checks, agent } = world;
  const { commands } = agent.room;
  for (let round = 0; round < ROUNDS && !commands.allEnded; round += 1) {
    while (world.random.next() < 0.9) world.programs.advance();
    turn(world);
  }
  checks.hold('Q10', commands.allEnded, () => `commands that never end: ${commands.ids}`);
  commands.holdEnds();
}

function mend({ agents, lobby, calls, runners, network, now }: World): void {
  for (const { room, keepers } of agents) {
    room.fuse = null;
    for (const keeper of keepers) keeper.disk.capacity = Number.POSITIVE_INFINITY;
  }
  lobby.fuse = null;
  calls.away.clear();
  for (const { host } of runners) host.failing = null;
  for (const { link, owner } of [...network.lines]) {
    link.stalledUntil = 0;
    // What is half open is noticed in the end; a host hears the whole truth when it dials again (N2).
    if (owner === null || link.role === 'runner') network.cut(link, now);
  }
}

function turn(world: World): void {
  world.dial();
  world.clock.drain();
  world.clock.wait(200);
}

function cutTampered({ network, now }: World): void {
  for (const { link } of [...network.lines]) if (link.tampered > 0) network.cut(link, now);
}

/** The agent is on the host that the lobby says, by the start that the lobby says. */
function isPlaced(world: World): boolean {
  const { lobby, runners } = world;
  const [row] = lobby.agents;
  if (row === undefined || row.pending !== null || lobby.deadline !== null) return false;
  const { agentUid, hostId } = row.spec;
  const host = runners.find(({ client }) => client === hostId)?.host;
  const isNewest = host?.files.get(agentUid)?.generation === row.generation;
  return isNewest && host?.keepers.get(agentUid) === world.keeper && world.keeper.alive;
}

/** P4: each agent of a host has its keeper, after so long. */
function holdKeepers({ runners, checks }: World): void {
  for (const { host } of runners) {
    const without = [...host.files.keys()].filter((agentUid) => host.keepers.get(agentUid)?.alive !== true);
    checks.hold('P4', without.length === 0, () => `nobody replaces the keepers of ${without}`);
  }
}

function atRest(world: World): boolean {
  const { agent } = world;
  const { room, viewers, keeper } = agent;
  const end = keeper?.end;
  return (
    isPlaced(world) &&
    end !== undefined &&
    !room.hasTail &&
    room.next === end.last + 1 &&
    viewers.length > 0 &&
    viewers.every(({ at, live }) => live && at?.epoch === end.epoch && at.sequence === end.last)
  );
}

/** H2: nothing is due, and an hour goes by without a row written. */
function rest(world: World): void {
  const { agents, lobby, checks, clock } = world;
  const objects = [lobby, ...agents.map(({ room }) => room)];
  for (const { deadline } of objects)
    checks.hold('H2', deadline === null, () => `idle, and due at ${deadline}`);
  const written = objects.map(({ commits }) => commits);
  clock.wait(HOUR);
  clock.drain();
  for (const [at, { commits }] of objects.entries()) {
    checks.hold('H2', commits === written[at], () => 'an idle object writes');
  }
}

/** R3: who leaves is counted no more. The room dies, and nobody comes back: nor does the lobby think so. */
function leave(world: World): void {
  const { agent, network, now, checks } = world;
  const [first] = agent.viewers;
  for (const viewer of agent.viewers) viewer.redial.close(now);
  if (first?.link) network.cut(first.link, now);
  const counted = agent.room.summary?.viewers;
  const stayed = agent.viewers.length - 1;
  checks.hold('R3', counted === stayed, () => `${counted} are counted, ${stayed} watch`);
  network.reset(agent.room, now);
  turn(world);
  waitForAnswers(world);
}

/** R3: who watches may be told a second late, and then what changed meanwhile. */
function waitForAnswers({ calls, clock }: World): void {
  for (let round = 0; round < ROUNDS && !calls.answered; round += 1) {
    clock.wait(1_000);
    clock.drain();
  }
}

/** N1: nothing is left of what is gone. */
function holdGone({ agent: { agentUid }, agents, runners, checks }: World): void {
  for (const { agentUid: uid, room: old, keepers } of agents) {
    if (uid === agentUid) continue;
    checks.hold('N1', old.placement === null, () => `the room of ${uid}, which is gone, stores something`);
    checks.hold(
      'N1',
      keepers.every(({ ended }) => ended),
      () => `a keeper of ${uid}, which is gone, lives`,
    );
  }
  for (const { host } of runners) {
    const uids = [...host.files.keys()].filter((uid) => uid !== agentUid);
    checks.hold('N1', uids.length === 0, () => `a host keeps ${uids}, which are gone`);
  }
}

/** R3: everybody holds the newest word of the room; R3a: of its activity they may know more than a room that slept. */
function holdWord({ agent: { agentUid, room }, lobby, dashboards, checks }: World): void {
  const word = room.summary;
  const same = (held: { readonly lastActivity?: number } | null | undefined) => {
    if (held === null || held === undefined) return false;
    const { lastActivity = 0 } = held;
    const kept = { ...word, lastActivity };
    return (
      lastActivity >= (word?.lastActivity ?? 0) &&
      JSON.stringify({ ...held, ...kept }) === JSON.stringify(held)
    );
  };
  const held = lobby.reportOf(agentUid);
  checks.hold(
    'R3',
    same(held),
    () => `the lobby holds ${JSON.stringify(held)}, the room ${JSON.stringify(word)}`,
  );
  for (const { agents: listed } of dashboards) {
    const [summary] = listed;
    checks.hold(
      'R3',
      listed.length === 1 && same(summary) && summary?.connection === 'online',
      () => `a dashboard holds ${JSON.stringify(listed)}, the room ${JSON.stringify(word)}`,
    );
  }
}

export function described(world: World): string {
  const { agents, lobby, network, calls } = world;
  return JSON.stringify({
    rows: lobby.agents.map(({ spec, generation, pending, roomKnows }) => ({
      uid: spec.agentUid,
      host: spec.hostId,
      generation,
      pending,
      roomKnows,
    })),
    lobbyDuty: lobby.deadline,
    quiet: [network.quiet, calls.quiet],
    waiting: world.people.map(({ waits }) => waits),
    agents: agents.map(({ agentUid, room, keepers, viewers }) => ({
      agentUid,
      placed: room.placement?.generation,
      next: room.next,
      tail: room.hasTail,
      keepers: keepers.map(({ generation, ended, end, link }) => ({
        generation,
        ended,
        end,
        link: link?.connection,
      })),
      viewers: viewers.map(({ at, live, link }) => ({ at, live, link: link?.connection })),
    })),
  });
}
