/** The recorded exchanges with nodes whose directories hold in clear what Python's Canopy reads in clear. */
import { testExchanges } from '../vectors/rest/check.ts';

testExchanges('reference');
