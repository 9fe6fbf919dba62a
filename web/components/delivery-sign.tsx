/** The signs of delivery states (05 section 10.6); words always stand beside them. */
import type { DeliverySign } from '../state/delivery.ts';
import { AlertIcon, CheckIcon, ClockIcon, RingIcon, TwoChecksIcon } from './icons.tsx';

export const DELIVERY_SIGNS: Readonly<Record<DeliverySign, () => preact.JSX.Element>> = {
  clock: ClockIcon,
  ring: RingIcon,
  tick: CheckIcon,
  ticks: TwoChecksIcon,
  alert: AlertIcon,
};
