export * from './ended.ts';
export * from './limits.ts';
export * from './payload.ts';
export * from './settings.ts';
export * from './subscriptions.ts';
