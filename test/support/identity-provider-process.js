// An identity provider in a process of its own, as it would be: Jest cannot load it, and what it warns of is its own affair.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { CLIENT_ID, CLIENT_SECRET, AUDIENCE } = process.env;
const SCOPE = 'view edit';
let answer = () => undefined;

// The issuer has to be known before the provider is made, and the port before the issuer.
const server = createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', startAnew);
// Whatever it is told means another key in the place of the one it has.
process.on('message', startAnew);
process.on('disconnect', () => process.exit());

function startAnew() {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys: [newKey()] },
    scopes: SCOPE.split(' '),
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        scope: SCOPE,
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          audience: AUDIENCE,
          scope: SCOPE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
  });
  answer = provider.callback();
  process.send({ issuer });
}

function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'ES256' };
}
