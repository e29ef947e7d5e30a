import fc from 'fast-check';

// The same cases in every run of the tests; a number in MUSTER_SEED tries others.
const { process } = globalThis as { readonly process?: { readonly env: Record<string, string | undefined> } };
const given = process?.env['MUSTER_SEED'];
fc.configureGlobal({ seed: given === undefined ? 1 : Number(given) });

export * from 'fast-check';
export default fc;
