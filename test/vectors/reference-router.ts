/**
 * What the reference's router does not ask: it passes everything on whatever its policy, keeps messages for anybody,
 * and knows no difference between neighbours.
 */
import type { RouterComponents } from '../../server/mesh/router.ts';

export const likeTheReference: Pick<RouterComponents, 'policy' | 'isFamiliar' | 'isKnown' | 'carriesAlways'> =
  {
    policy: () => 'full_relay',
    isFamiliar: () => false,
    isKnown: () => true,
    carriesAlways: () => true,
  };
