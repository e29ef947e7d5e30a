export * from './content.ts';
export * from './events.ts';
export * from './ids.ts';
export * from './items.ts';
export * from './requests.ts';
export * from './state.ts';
export * from './to-keeper.ts';
export * from './updates.ts';
