import * as z from 'zod';

const STORAGE_KEY = 'muster.push';
const WantedSchema = z.object({ memberId: z.string(), endpoint: z.string() });
/** The member that turned notifications on in this browser, and the subscription that the server was told. */
type Wanted = z.infer<typeof WantedSchema>;

/** Null: nobody did. */
export function wantedPush(): Wanted | null {
  try {
    const wanted = WantedSchema.safeParse(JSON.parse(localStorage.getItem(STORAGE_KEY) ?? 'null'));
    return wanted.success ? wanted.data : null;
  } catch {
    return null;
  }
}

export function wantPush(wanted: Wanted | null): void {
  try {
    if (wanted === null) localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, JSON.stringify(wanted));
  } catch {
    // Storage may be forbidden; then it is registered again only where it was turned on.
  }
}
