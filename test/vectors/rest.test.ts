/** The recorded exchanges with nodes as they are when new; `test/long` has those with directories as of Python. */
import { testExchanges } from './rest/check.ts';

testExchanges('full');
