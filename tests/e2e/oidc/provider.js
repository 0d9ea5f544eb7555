// An OpenID Connect provider for tests: panva's oidc-provider on a loopback port, issuing JWT access
// tokens to a program (client credentials) and to people (authorization code with PKCE, who are signed
// in without being asked). On a second loopback port POST /rotate makes it sign with new keys while the
// old ones stay published, POST /retire takes the old ones back, and between POST /hold and POST /release
// nobody who asks for keys is answered. Prints both addresses as one line of JSON and ends when its
// standard input does.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const MINUTE_S = 60;
const PEOPLE = {
  'u-mei': {
    preferred_username: 'mei.lin', name: '林美', email: 'mei@example.tw', groups: ['billing', 'north'],
    casewheel_grants: ['agent@taisugar', 'gardener', 'agent@', 'auditor'], casewheel_staff: 'taipower/tp030',
  },
  'u-wu': { preferred_username: 'wu', name: '吳' },
};

let generation = 0;

function newKeys() {
  generation += 1;
  const pairs = {
    rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ed25519: generateKeyPairSync('ed25519'),
  };
  return Object.entries(pairs).map(([kind, { privateKey }]) => ({
    ...privateKey.export({ format: 'jwk' }), kid: `${kind}-${generation}`, use: 'sig',
  }));
}

// The tokens of a resource https://AUDIENCE.example.tw/ALGORITHM/SECONDS are for AUDIENCE, signed by
// ALGORITHM and good for so long; of less than nothing they have expired when they are issued.
function resourceServer(resource) {
  const url = new URL(resource);
  const [algorithm, seconds] = url.pathname.slice(1).split('/');
  return {
    audience: url.hostname.split('.')[0],
    scope: 'cases',
    accessTokenFormat: 'jwt',
    accessTokenTTL: Number(seconds ?? 5 * MINUTE_S),
    jwt: { sign: { alg: algorithm } },
  };
}

function configurationWith(keys) {
  return {
    jwks: { keys },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    clients: [
      {
        client_id: 'importer',
        client_secret: 'only-for-tests',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
      {
        client_id: 'console',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        redirect_uris: ['http://127.0.0.1/signed-in'],
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'] },
    conformIdTokenClaims: false,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (context, resource) => resourceServer(resource),
        useGrantedResource: () => true,
      },
    },
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    },
    ttl: {
      AccessToken: (context, token) => token.resourceServer?.accessTokenTTL ?? 5 * MINUTE_S,
      ClientCredentials: (context, token) => token.resourceServer.accessTokenTTL,
      IdToken: 5 * MINUTE_S,
    },
    extraTokenClaims: (context, token) =>
      token.accountId
        ? { ...PEOPLE[token.accountId], roles: ['agent'] }
        : { roles: ['system'], casewheel_grants: ['integrator@taisugar'] },
    findAccount: (context, id) =>
      PEOPLE[id] && { accountId: id, claims: async () => ({ sub: id, ...PEOPLE[id] }) },
    interactions: { url: (context, interaction) => `/sign-in/${interaction.uid}` },
    // Whoever is signed in has agreed to everything.
    loadExistingGrant: async (context) => {
      const { client, session, provider } = context.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile email');
      for (const resource of [context.oidc.params.resource].flat()) {
        if (resource) grant.addResourceScope(resource, 'cases');
      }
      await grant.save();
      return grant;
    },
  };
}

let keys = newKeys();
let provider;
let answer;

let released = Promise.resolve();
let release = () => {};

const server = createServer(async (request, response) => {
  try {
    if (request.url.startsWith('/jwks')) await released;
    if (request.url.startsWith('/sign-in/')) {
      const { params } = await provider.interactionDetails(request, response);
      const accountId = params.login_hint ?? 'u-mei';
      await provider.interactionFinished(request, response, { login: { accountId }, consent: {} });
    } else {
      answer(request, response);
    }
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
const issuer = `http://127.0.0.1:${server.address().port}`;

// A provider's keys are fixed when it is made; what it has issued lives on beside it, in memory.
function publish() {
  provider = new Provider(issuer, configurationWith(keys));
  answer = provider.callback();
}
publish();

const control = createServer((request, response) => {
  const newest = keys.slice(0, 3);
  if (request.method === 'POST' && request.url === '/rotate') keys = [...newKeys(), ...newest];
  else if (request.method === 'POST' && request.url === '/retire') keys = newest;
  else if (request.method === 'POST' && request.url === '/hold') {
    released = new Promise((resolve) => { release = resolve; });
    response.end('[]');
    return;
  } else if (request.method === 'POST' && request.url === '/release') {
    release();
    response.end('[]');
    return;
  }
  else {
    response.writeHead(404).end();
    return;
  }
  publish();
  response.end(JSON.stringify(keys.map((key) => key.kid)));
});
await new Promise((resolve) => { control.listen(0, '127.0.0.1', resolve); });

console.log(JSON.stringify({ issuer, control: `http://127.0.0.1:${control.address().port}` }));
process.stdin.on('end', () => process.exit(0)).resume();
