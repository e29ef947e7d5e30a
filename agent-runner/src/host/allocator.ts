/**
 * F11: glibc keeps no heap for each thread, and gives back what is free at its end. A process takes these from the
 * environment it is started with. Programs never see them (environment.ts).
 */
export const ALLOCATOR = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536' } as const;
