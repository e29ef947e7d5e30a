import { randomUUID } from 'node:crypto';
import { arch, cpus, platform, totalmem } from 'node:os';
import { AGENT_KINDS, type HostFacts } from '@muster/protocol';
import { readBootId } from '../host/boot.ts';
import type { HostFile } from '../host/files.ts';
import type { OwnerEnvironment } from '../host/owner-environment.ts';
import { detectContainment } from '../program/containment.ts';
import { detectAdapters, detectPrograms } from './detect-programs.ts';

/** What `runner:hello` says of this machine. */
export function readFacts({ name, roots }: HostFile, owner: OwnerEnvironment): HostFacts {
  return {
    name,
    platform: platform(),
    arch: arch(),
    cpus: cpus().length,
    memory: totalmem(),
    bootId: readBootId(),
    roots,
    defaultWorkspace: roots[0] ?? '/',
    containment: detectContainment(randomUUID()),
    programs: detectPrograms(owner.variables),
    kinds: [...AGENT_KINDS],
    adapters: detectAdapters(owner.variables),
  };
}
