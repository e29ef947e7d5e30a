import type { ConversationFacts } from '@muster/protocol';

/** `980`, `31k`, `1.2M` tokens. */
export function tokens(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 1_000_000) return `${Math.round(count / 1_000)}k`;
  return `${(count / 1_000_000).toFixed(1).replace(/\.0$/, '')}M`;
}

/** `$0.38`, `0.38 CREDITS`. */
export function costWords({
  amount,
  currency,
}: {
  readonly amount: number;
  readonly currency: string;
}): string {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount);
  } catch {
    return `${amount.toFixed(2)} ${currency}`;
  }
}

export interface UsageShown {
  /** 0 to 1 of the context; null: the agent does not say. */
  readonly share: number | null;
  /** `31% of 1M`. */
  readonly context: string | null;
  readonly cost: string | null;
}

/** C18: what was spent is the sum that the keeper made, where there is one. */
export function usageShown({ usage, spent }: Pick<ConversationFacts, 'usage' | 'spent'>): UsageShown {
  const { used, size } = usage ?? {};
  const cost = spent ?? usage?.cost;
  const share = used === undefined || size === undefined || size === 0 ? null : Math.min(1, used / size);
  const context =
    share !== null && size !== undefined
      ? `${Math.round(share * 100)}% of ${tokens(size)}`
      : used === undefined
        ? null
        : `${tokens(used)} tokens`;
  return { share, context, cost: cost === undefined ? null : costWords(cost) };
}
