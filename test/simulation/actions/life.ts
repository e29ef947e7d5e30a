import { AGENT_ID } from '../agent.ts';
import { life } from './action.ts';

/** What goes on without any fault. */
export const LIFE = [
  life('output', 40, (world) => world.programs.output(world.random.between(1, 400))),
  life('event', 8, (world) => world.programs.event()),
  life('reload', 3, (world) => {
    const viewer = world.anyViewer();
    if (viewer?.history !== 'screen' || viewer.link === null) return false;
    world.network.cut(viewer.link, world.now);
    viewer.reload(world.now);
    return true;
  }),
  life('snapshot', 8, (world) => world.keeper.alive && world.keeper.takeSnapshot(world.now)),
  life('deliver', 110, (world) => {
    world.deliver(world.random.between(1, 20));
    return true;
  }),
  life('wait', 14, (world) => {
    world.clock.wait(world.random.pick([1, 10, 60, 500, 1_100, 11_000]));
    return true;
  }),
  life('dial', 12, (world) => {
    world.dial();
    return true;
  }),
  life('ask', 4, (world) => {
    world.anyViewer()?.ask(world.now);
    return true;
  }),
  life('type', 12, (world) => world.anyViewer()?.type() ?? false),
  life('update', 1, (world) => {
    const labels = { at: String(world.now) };
    world.anyDashboard()?.ask({ type: 'agent:update', payload: { agentId: AGENT_ID, labels } }, world.now);
    return true;
  }),
  life('create', 8, (world) => world.create(world.anyDashboard())),
] as const;
