const OWNER_ONLY = 0o077;
/** The umask of the account that started Muster, octal: kept for the programs. They never see it (environment.ts). */
const NAME = 'MUSTER_UMASK';
const OCTAL = /^[0-7]{1,4}$/;
const RADIX = 8;

/** X16: what this process and its children write is for its own account only, whatever else a call says. */
export function keepFilesPrivate(): void {
  const before = process.umask(OWNER_ONLY);
  if (!OCTAL.test(process.env[NAME] ?? '')) process.env[NAME] = before.toString(RADIX);
}

/** The umask that the owner's programs would have in a shell; undefined: nobody narrowed it. */
export function ownersUmask(): number | undefined {
  const owners = process.env[NAME];
  return owners === undefined ? undefined : Number.parseInt(owners, RADIX);
}
